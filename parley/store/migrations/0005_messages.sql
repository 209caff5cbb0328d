-- Messages and changes: one id sequence, one table, one timeline. A change is kind 'activity'.
-- On DevRev's wire a message is a timeline_comment and a change a timeline_change_event.

CREATE SEQUENCE message_ids;

CREATE TABLE messages (
  tenant_id    bigint NOT NULL,
  id           bigint NOT NULL DEFAULT nextval('message_ids'),
  conversation_number bigint NOT NULL,
  kind         text NOT NULL CHECK (kind IN ('incoming', 'outgoing', 'template', 'activity')),
  visibility   text NOT NULL DEFAULT 'external' CHECK (visibility IN ('private', 'internal', 'external', 'public')),
  private_to   text[],
  author_kind  text NOT NULL DEFAULT 'system' CHECK (author_kind IN ('user', 'contact', 'bot', 'system')),
  author_id    bigint,
  modified_by_kind text,
  modified_by_id bigint,
  body         text,
  body_type    text NOT NULL DEFAULT 'text' CHECK (body_type IN ('text', 'data', 'snap_kit', 'snap_widget')),
  content_type text NOT NULL DEFAULT 'text',
  content_attributes jsonb,
  additional_attributes jsonb,
  external_source_ids jsonb,
  processed_body text,
  sentiment    jsonb,
  status       text NOT NULL DEFAULT 'sent' CHECK (status IN ('sent', 'delivered', 'read', 'failed')),
  source_id    text,
  echo_id      text,
  event_type   text CHECK (event_type IN ('annotated', 'created', 'deleted', 'linked', 'updated')),
  event        jsonb,
  external_ref text,
  labels       text[],
  panels       text[],
  references_  jsonb,
  snap_kit_body jsonb,
  snap_widgets jsonb,
  thread_id    bigint,
  reply_count  integer NOT NULL DEFAULT 0,
  attachment_count integer NOT NULL DEFAULT 0,
  reaction_count integer NOT NULL DEFAULT 0,
  is_imported  boolean NOT NULL DEFAULT false,
  expires_at   timestamptz,
  deleted_at   timestamptz,
  created_at   timestamptz NOT NULL DEFAULT now(),
  updated_at   timestamptz NOT NULL DEFAULT now(),
  version      bigint NOT NULL DEFAULT 1,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, conversation_number) REFERENCES conversations ON DELETE CASCADE,
  CHECK ((kind = 'activity') = (event_type IS NOT NULL))
);
COMMENT ON COLUMN messages.is_imported IS 'has a row in origins; the counts and this spare a page from asking other tables in vain';
COMMENT ON COLUMN messages.private_to IS 'who besides the author may see a private entry, as kind:id';
COMMENT ON COLUMN messages.event IS 'a change''s payload: {deltas:[{field, old, new}]} or {object} or {object_id} or {link}';
COMMENT ON COLUMN messages.body IS 'a message''s text; a change''s sentence, rendered once when it was written';

CREATE INDEX messages_timeline ON messages (tenant_id, conversation_number, created_at DESC, id DESC);
CREATE UNIQUE INDEX messages_external_ref ON messages (tenant_id, conversation_number, external_ref) WHERE external_ref IS NOT NULL;
CREATE INDEX messages_private ON messages (tenant_id, conversation_number) WHERE visibility = 'private';
CREATE INDEX messages_source ON messages (tenant_id, source_id) WHERE source_id IS NOT NULL;

CREATE TRIGGER raise_version BEFORE UPDATE ON messages
  FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION raise_version();

-- Attachment metadata (DevRev: artifact). The bytes are in the blob store under blob_key, or elsewhere at external_url.
CREATE TABLE attachments (
  tenant_id    bigint NOT NULL REFERENCES tenants ON DELETE CASCADE,
  id           bigint NOT NULL,
  message_id   bigint,
  file_type    text NOT NULL DEFAULT 'file',
  file_name    text,
  content_type text,
  byte_size    bigint,
  width        integer,
  height       integer,
  blob_key     text,
  external_url text,
  fallback_title text,
  extension    text,
  coordinates_lat double precision NOT NULL DEFAULT 0,
  coordinates_long double precision NOT NULL DEFAULT 0,
  meta         jsonb NOT NULL DEFAULT '{}',
  created_at   timestamptz NOT NULL DEFAULT now(),
  updated_at   timestamptz NOT NULL DEFAULT now(),
  version      bigint NOT NULL DEFAULT 1,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, message_id) REFERENCES messages ON DELETE CASCADE
);
CREATE INDEX attachments_message ON attachments (tenant_id, message_id);

CREATE TABLE reactions (
  tenant_id  bigint NOT NULL,
  message_id bigint NOT NULL,
  emoji      text NOT NULL,
  actor_kind text NOT NULL,
  actor_id   bigint NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, message_id, emoji, actor_kind, actor_id),
  FOREIGN KEY (tenant_id, message_id) REFERENCES messages ON DELETE CASCADE
);

CREATE FUNCTION count_on_message() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  changed record;
  step integer := 1;
BEGIN
  IF TG_OP = 'DELETE' THEN
    changed := OLD;
    step := -1;
  ELSE
    changed := NEW;
  END IF;
  IF TG_TABLE_NAME = 'attachments' THEN
    UPDATE messages SET attachment_count = attachment_count + step WHERE tenant_id = changed.tenant_id AND id = changed.message_id;
  ELSE
    UPDATE messages SET reaction_count = reaction_count + step WHERE tenant_id = changed.tenant_id AND id = changed.message_id;
  END IF;
  RETURN NULL;
END $$;
-- A bulk load writes the counts itself.
CREATE TRIGGER count_attachment AFTER INSERT ON attachments FOR EACH ROW
  WHEN (NEW.message_id IS NOT NULL AND current_setting('parley.bulk', true) IS DISTINCT FROM 'on') EXECUTE FUNCTION count_on_message();
CREATE TRIGGER uncount_attachment AFTER DELETE ON attachments FOR EACH ROW
  WHEN (OLD.message_id IS NOT NULL) EXECUTE FUNCTION count_on_message();
CREATE TRIGGER count_reaction AFTER INSERT OR DELETE ON reactions FOR EACH ROW EXECUTE FUNCTION count_on_message();
