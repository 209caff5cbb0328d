-- Substring search over the whole history, off the write path (docs/decisions/0003-search-chunks.md).
-- A chunk is the lower-cased text of neighbouring messages of one conversation; a job keeps chunks a moment behind.
-- What it has not seen yet stands in search_queue, and every search reads those conversations' messages directly,
-- so the answer is always the one of this instant.

CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE EXTENSION IF NOT EXISTS btree_gin;

CREATE TABLE search_chunks (
  tenant_id  bigint NOT NULL,
  conversation_number bigint NOT NULL,
  first_message_id bigint NOT NULL,
  is_guarded boolean NOT NULL DEFAULT false,
  text       text NOT NULL,
  PRIMARY KEY (tenant_id, conversation_number, first_message_id),
  FOREIGN KEY (tenant_id, conversation_number) REFERENCES conversations ON DELETE CASCADE
) WITH (autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02);
CREATE INDEX search_chunks_text ON search_chunks USING gin (tenant_id, text gin_trgm_ops) WITH (fastupdate = on);
COMMENT ON COLUMN search_chunks.text IS 'lower(body) of each message, each ended by the separator U+001F';
COMMENT ON COLUMN search_chunks.is_guarded IS
  'one message alone that a hit must be checked on: private, expiring, or with the separator inside';

CREATE TABLE search_queue (
  tenant_id  bigint NOT NULL,
  conversation_number bigint NOT NULL,
  message_id bigint NOT NULL,
  queued_at  timestamptz NOT NULL DEFAULT now()
) WITH (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 2000);
CREATE INDEX search_queue_all ON search_queue (tenant_id, conversation_number, message_id);
COMMENT ON COLUMN search_queue.message_id IS 'the oldest message to read again; a bulk load queues one row per conversation, with 0';

CREATE FUNCTION queue_search() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP <> 'DELETE' THEN
    INSERT INTO search_queue (tenant_id, conversation_number, message_id)
    VALUES (NEW.tenant_id, NEW.conversation_number, NEW.id);
    IF TG_OP = 'INSERT' OR OLD.conversation_number = NEW.conversation_number THEN
      RETURN NULL;
    END IF;
  END IF;
  -- The message left this conversation; when the conversation itself went, its chunks went with it.
  INSERT INTO search_queue (tenant_id, conversation_number, message_id)
  SELECT c.tenant_id, c.number, OLD.id FROM conversations c
  WHERE c.tenant_id = OLD.tenant_id AND c.number = OLD.conversation_number;
  RETURN NULL;
END $$;
-- Bulk loads set parley.bulk and queue their conversations themselves, in the same transaction.
CREATE TRIGGER queue_search_insert AFTER INSERT ON messages FOR EACH ROW
  WHEN (NEW.kind IN ('incoming', 'outgoing') AND current_setting('parley.bulk', true) IS DISTINCT FROM 'on')
  EXECUTE FUNCTION queue_search();
CREATE TRIGGER queue_search_update AFTER UPDATE ON messages FOR EACH ROW
  WHEN ((OLD.body, OLD.kind, OLD.visibility, OLD.deleted_at, OLD.expires_at, OLD.conversation_number)
        IS DISTINCT FROM (NEW.body, NEW.kind, NEW.visibility, NEW.deleted_at, NEW.expires_at, NEW.conversation_number))
  EXECUTE FUNCTION queue_search();
CREATE TRIGGER queue_search_delete AFTER DELETE ON messages FOR EACH ROW
  WHEN (OLD.kind IN ('incoming', 'outgoing')) EXECUTE FUNCTION queue_search();

-- Packs messages into chunks: as a window aggregate it tells how full the chunk is with this message in it, and equals
-- the message's own size where a new chunk begins. 1,800 bytes keep a row inline and uncompressed.
CREATE FUNCTION fill_chunk(fill integer, bytes integer) RETURNS integer LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
  RETURN CASE WHEN fill + bytes > 1800 THEN bytes ELSE fill + bytes END;
END $$;
CREATE AGGREGATE chunk_fill(integer) (SFUNC = fill_chunk, STYPE = integer, INITCOND = '0', PARALLEL = SAFE);
