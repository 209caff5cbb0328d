-- Substring search over the whole history, off the write path (decision 0003).
-- A chunk is the lower-cased text of neighbouring messages of one conversation; a job keeps chunks a moment behind.
-- What it has not seen yet stands in search_queue, and every search reads those conversations' messages directly,
-- so the answer is always the one of this instant.

CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE EXTENSION IF NOT EXISTS btree_gin;

CREATE TABLE search_chunks (
  tenant_id  bigint NOT NULL,
  conversation_number bigint NOT NULL,
  first_message_id bigint NOT NULL,
  text       text NOT NULL,
  PRIMARY KEY (tenant_id, conversation_number, first_message_id),
  FOREIGN KEY (tenant_id, conversation_number) REFERENCES conversations ON DELETE CASCADE
);
CREATE INDEX search_chunks_text ON search_chunks USING gin (tenant_id, text gin_trgm_ops) WITH (fastupdate = on);

CREATE TABLE search_queue (
  tenant_id  bigint NOT NULL,
  conversation_number bigint NOT NULL,
  message_id bigint NOT NULL,
  queued_at  timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX search_queue_all ON search_queue (tenant_id, conversation_number, message_id);
COMMENT ON COLUMN search_queue.message_id IS 'the oldest message to read again; a bulk load queues one row per conversation';

CREATE FUNCTION queue_search() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO search_queue (tenant_id, conversation_number, message_id)
  VALUES (NEW.tenant_id, NEW.conversation_number, NEW.id);
  RETURN NULL;
END $$;
-- Bulk loads set parley.bulk and queue their conversations themselves, in the same transaction.
CREATE TRIGGER queue_search_insert AFTER INSERT ON messages FOR EACH ROW
  WHEN (NEW.kind IN ('incoming', 'outgoing') AND current_setting('parley.bulk', true) IS DISTINCT FROM 'on')
  EXECUTE FUNCTION queue_search();
CREATE TRIGGER queue_search_update AFTER UPDATE ON messages FOR EACH ROW
  WHEN (OLD.body IS DISTINCT FROM NEW.body OR OLD.visibility <> NEW.visibility OR OLD.kind <> NEW.kind)
  EXECUTE FUNCTION queue_search();
