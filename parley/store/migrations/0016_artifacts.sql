-- Files of our own: an attachment's bytes come in versions, each uploaded once and never overwritten.

ALTER TABLE attachments
  ADD COLUMN state text NOT NULL DEFAULT 'elsewhere' CHECK (state IN ('elsewhere', 'awaited', 'stored')),
  ADD COLUMN configuration text NOT NULL DEFAULT 'default',
  ADD COLUMN parent text,
  ADD COLUMN current_version integer,
  ADD COLUMN version_count integer NOT NULL DEFAULT 0;
COMMENT ON COLUMN attachments.state IS 'elsewhere: imported, its bytes are not here; awaited: prepared, nothing has arrived; stored: current_version has the bytes';
COMMENT ON COLUMN attachments.parent IS 'what a file without a message belongs to, as kind:id; such a file is never swept';
COMMENT ON COLUMN attachments.version_count IS 'how many versions were ever prepared: their numbers are not given out again';

-- A message's files, a person's picture, and what nobody has attached yet.
CREATE INDEX attachments_unattached ON attachments (tenant_id, created_at) WHERE message_id IS NULL AND parent IS NULL AND created_by IS NOT NULL;
CREATE INDEX contacts_avatar ON contacts (tenant_id, avatar_id) WHERE avatar_id IS NOT NULL;
CREATE INDEX memberships_avatar ON memberships (tenant_id, avatar_id) WHERE avatar_id IS NOT NULL;
CREATE INDEX bots_avatar ON bots (tenant_id, avatar_id) WHERE avatar_id IS NOT NULL;

CREATE TABLE attachment_versions (
  tenant_id     bigint NOT NULL REFERENCES tenants ON DELETE CASCADE,
  attachment_id bigint NOT NULL,
  number        integer NOT NULL,
  blob_key      text,
  byte_size     bigint,
  digest        text,
  stored_at     timestamptz,
  created_at    timestamptz NOT NULL DEFAULT now(),
  created_by    text NOT NULL,
  PRIMARY KEY (tenant_id, attachment_id, number),
  FOREIGN KEY (tenant_id, attachment_id) REFERENCES attachments ON DELETE CASCADE,
  CHECK ((blob_key IS NULL) = (stored_at IS NULL))
);
COMMENT ON COLUMN attachment_versions.digest IS 'SHA-256 of the bytes in hexadecimal';
CREATE INDEX attachment_versions_awaited ON attachment_versions (tenant_id, created_at) WHERE blob_key IS NULL;

-- Blobs that no row may come to know: written before their upload is complete, or left by a version that was deleted.
-- No reference to tenants, because the blobs of a deleted tenant must go too.
CREATE TABLE loose_blobs (
  tenant_id bigint NOT NULL,
  key       text NOT NULL,
  due_at    timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, key)
);
CREATE INDEX loose_blobs_due ON loose_blobs (tenant_id, due_at);

SELECT protect('attachment_versions');
SELECT protect('loose_blobs');

CREATE FUNCTION loosen_blob() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  INSERT INTO loose_blobs (tenant_id, key, due_at) VALUES (OLD.tenant_id, OLD.blob_key, now()) ON CONFLICT DO NOTHING;
  RETURN NULL;
END $$;
CREATE TRIGGER loosen_blob AFTER DELETE ON attachment_versions FOR EACH ROW WHEN (OLD.blob_key IS NOT NULL) EXECUTE FUNCTION loosen_blob();

-- Which tenants have files or blobs to sweep; tells ids and nothing else.
CREATE FUNCTION tenants_with_loose_files(unattached_before timestamptz) RETURNS TABLE (tenant bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT DISTINCT b.tenant_id FROM loose_blobs b WHERE b.due_at <= now()
  UNION
  SELECT t.id FROM tenants t
  WHERE EXISTS (SELECT FROM attachments a WHERE a.tenant_id = t.id AND a.message_id IS NULL AND a.parent IS NULL
                  AND a.created_by IS NOT NULL AND a.created_at < unattached_before)
     OR EXISTS (SELECT FROM attachment_versions v WHERE v.tenant_id = t.id AND v.blob_key IS NULL AND v.created_at < unattached_before)
$$;
