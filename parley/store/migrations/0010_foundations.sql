-- What every later table with tenants calls: row-level security, and a version where it has one.
CREATE FUNCTION protect(t regclass) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', t);
  EXECUTE format('CREATE POLICY tenant_isolation ON %s USING (tenant_id = current_tenant()) WITH CHECK (tenant_id = current_tenant())', t);
  EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO parley_app', t);
  IF EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = t AND a.attname = 'version' AND NOT a.attisdropped) THEN
    EXECUTE format('CREATE TRIGGER raise_version BEFORE UPDATE ON %s FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION raise_version()', t);
  END IF;
END $$;
REVOKE EXECUTE ON FUNCTION protect(regclass) FROM PUBLIC;

-- The answers to writes that came with an Idempotency-Key, kept for a day, written in the write's own transaction.
CREATE TABLE idempotency_keys (
  tenant_id    bigint NOT NULL REFERENCES tenants ON DELETE CASCADE,
  owner        text NOT NULL,
  key          text NOT NULL,
  request_hash bytea NOT NULL,
  status       smallint,
  body         bytea,
  created_at   timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, owner, key)
);
CREATE INDEX idempotency_keys_age ON idempotency_keys (tenant_id, created_at);
COMMENT ON COLUMN idempotency_keys.owner IS 'who asked, as kind:id';
SELECT protect('idempotency_keys');

-- Who made a small noun and who changed it last, as kind:id; null for what was imported or seeded.
DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['memberships', 'bots', 'companies', 'workspaces', 'contacts', 'inboxes', 'teams', 'parts', 'brands', 'tags',
    'states', 'stages', 'schema_fragments', 'custom_fields', 'org_schedules', 'metric_definitions', 'sla_policies', 'attachments']
  LOOP
    EXECUTE format('ALTER TABLE %I ADD COLUMN created_by text, ADD COLUMN modified_by text', t);
    EXECUTE format('ALTER TABLE %I ADD COLUMN IF NOT EXISTS updated_at timestamptz NOT NULL DEFAULT now()', t);
    EXECUTE format('ALTER TABLE %I ADD COLUMN IF NOT EXISTS created_at timestamptz NOT NULL DEFAULT now()', t);
  END LOOP;
END $$;
