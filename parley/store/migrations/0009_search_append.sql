-- A new message gets a chunk of its own instead of a rewrite of the conversation's last one; small chunks are packed
-- together later. For that a chunk must tell where it ends. All chunks are built anew by the indexer.

TRUNCATE search_chunks;
ALTER TABLE search_chunks ADD COLUMN last_message_id bigint NOT NULL;
INSERT INTO search_queue (tenant_id, conversation_number, message_id) SELECT c.tenant_id, c.number, 0 FROM conversations c;
COMMENT ON COLUMN search_chunks.last_message_id IS 'the ranges of the unguarded chunks of a conversation do not overlap';

-- Each visit of autovacuum reads the whole trigram index, so it comes less often than to tables read by index alone.
ALTER TABLE search_chunks SET (autovacuum_vacuum_scale_factor = 0.1, autovacuum_vacuum_insert_scale_factor = 0.2);

-- A new message is the common case, and as the owner its queue row needs no policy checked: the message's own was.
CREATE FUNCTION queue_new_message() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
  IF NEW.kind IN ('incoming', 'outgoing') AND current_setting('parley.bulk', true) IS DISTINCT FROM 'on' THEN
    INSERT INTO public.search_queue (tenant_id, conversation_number, message_id)
    VALUES (NEW.tenant_id, NEW.conversation_number, NEW.id);
  END IF;
  RETURN NULL;
END $$;
REVOKE EXECUTE ON FUNCTION queue_new_message() FROM PUBLIC;
DROP TRIGGER queue_search_insert ON messages;
CREATE TRIGGER queue_search_insert AFTER INSERT ON messages FOR EACH ROW EXECUTE FUNCTION queue_new_message();
