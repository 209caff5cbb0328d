-- Timelines: the collections that an entry is in, the answers to an entry, and files that find their message after the upload.
ALTER TABLE messages ADD COLUMN collections text[];
COMMENT ON COLUMN messages.collections IS 'null: discussions for a message, events for a change';

CREATE INDEX messages_thread ON messages (tenant_id, thread_id, created_at, id) WHERE thread_id IS NOT NULL;

CREATE FUNCTION count_moved_attachment() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE messages SET attachment_count = attachment_count - 1 WHERE tenant_id = OLD.tenant_id AND id = OLD.message_id;
  UPDATE messages SET attachment_count = attachment_count + 1 WHERE tenant_id = NEW.tenant_id AND id = NEW.message_id;
  RETURN NULL;
END $$;
CREATE TRIGGER count_moved_attachment AFTER UPDATE OF message_id ON attachments FOR EACH ROW
  WHEN (OLD.message_id IS DISTINCT FROM NEW.message_id AND current_setting('parley.bulk', true) IS DISTINCT FROM 'on')
  EXECUTE FUNCTION count_moved_attachment();
