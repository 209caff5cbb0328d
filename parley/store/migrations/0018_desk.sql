-- Webhooks of both wires, what is looked up by name or title, and asynchronous work as a tenant sees it.

-- wire: whose words the deliveries speak, and which face shows the row. verified_at: when the endpoint last answered the
-- challenge for this url and secret; null means that it has not, and it cannot be made active.
CREATE TABLE webhooks (
  tenant_id   bigint NOT NULL REFERENCES tenants ON DELETE CASCADE,
  id          bigint NOT NULL,
  wire        text NOT NULL CHECK (wire IN ('devrev', 'chatwoot')),
  url         text NOT NULL,
  event_types text[] NOT NULL DEFAULT '{}',
  headers     jsonb NOT NULL DEFAULT '[]',
  secret      bytea NOT NULL,
  status      text NOT NULL DEFAULT 'unverified' CHECK (status IN ('active', 'inactive', 'unverified')),
  verified_at timestamptz,
  created_at  timestamptz NOT NULL DEFAULT now(),
  updated_at  timestamptz NOT NULL DEFAULT now(),
  created_by  text,
  modified_by text,
  version     bigint NOT NULL DEFAULT 1,
  PRIMARY KEY (tenant_id, id)
);
COMMENT ON COLUMN webhooks.headers IS '[{"name": ..., "value": ...}], sent with every delivery';
COMMENT ON COLUMN webhooks.secret IS 'in clear: deliveries are signed with it';
SELECT protect('webhooks');

-- Titles and descriptions, in lower case, beside the conversations: their rows change with every message, and each change
-- would write a trigram index on them anew.
CREATE TABLE conversation_titles (
  tenant_id  bigint NOT NULL,
  conversation_number bigint NOT NULL,
  text       text NOT NULL,
  PRIMARY KEY (tenant_id, conversation_number),
  FOREIGN KEY (tenant_id, conversation_number) REFERENCES conversations ON DELETE CASCADE
);
CREATE FUNCTION keep_title() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  INSERT INTO conversation_titles (tenant_id, conversation_number, text)
  VALUES (NEW.tenant_id, NEW.number, lower(coalesce(NEW.title, '') || U&'\001F' || coalesce(NEW.description, '')))
  ON CONFLICT (tenant_id, conversation_number) DO UPDATE SET text = EXCLUDED.text;
  RETURN NULL;
END $$;
REVOKE EXECUTE ON FUNCTION keep_title() FROM PUBLIC;
CREATE TRIGGER keep_title_insert AFTER INSERT ON conversations FOR EACH ROW
  WHEN (NEW.title IS NOT NULL OR NEW.description IS NOT NULL) EXECUTE FUNCTION keep_title();
CREATE TRIGGER keep_title_update AFTER UPDATE OF title, description ON conversations FOR EACH ROW
  WHEN ((OLD.title, OLD.description) IS DISTINCT FROM (NEW.title, NEW.description)) EXECUTE FUNCTION keep_title();
INSERT INTO conversation_titles (tenant_id, conversation_number, text)
SELECT c.tenant_id, c.number, lower(coalesce(c.title, '') || U&'\001F' || coalesce(c.description, ''))
FROM conversations c WHERE c.title IS NOT NULL OR c.description IS NOT NULL;
SELECT protect('conversation_titles');

-- The same of works, which may have long bodies and change with each stage, owner or tag.
CREATE TABLE work_titles (
  tenant_id  bigint NOT NULL,
  work_id    bigint NOT NULL,
  text       text NOT NULL,
  PRIMARY KEY (tenant_id, work_id),
  FOREIGN KEY (tenant_id, work_id) REFERENCES works ON DELETE CASCADE
);
CREATE FUNCTION keep_work_title() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  INSERT INTO work_titles (tenant_id, work_id, text)
  VALUES (NEW.tenant_id, NEW.id, lower(NEW.title || U&'\001F' || coalesce(NEW.body, '')))
  ON CONFLICT (tenant_id, work_id) DO UPDATE SET text = EXCLUDED.text;
  RETURN NULL;
END $$;
REVOKE EXECUTE ON FUNCTION keep_work_title() FROM PUBLIC;
CREATE TRIGGER keep_title_insert AFTER INSERT ON works FOR EACH ROW EXECUTE FUNCTION keep_work_title();
CREATE TRIGGER keep_title_update AFTER UPDATE OF title, body ON works FOR EACH ROW
  WHEN ((OLD.title, OLD.body) IS DISTINCT FROM (NEW.title, NEW.body)) EXECUTE FUNCTION keep_work_title();
INSERT INTO work_titles (tenant_id, work_id, text)
SELECT w.tenant_id, w.id, lower(w.title || U&'\001F' || coalesce(w.body, '')) FROM works w;
SELECT protect('work_titles');

-- What a noun is found by, in lower case; one text for its index and for the function that asks it. Between its columns
-- stands U+001F, so that no word runs across two of them.
CREATE FUNCTION searchable_text(noun text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE noun
    WHEN 'conversation_titles' THEN 'n.text'
    WHEN 'work_titles' THEN 'n.text'
    WHEN 'contacts' THEN $t$lower(n.name || U&'\001F' || coalesce(n.last_name, '') || U&'\001F' || coalesce(n.display_name, '') || U&'\001F'
      || coalesce(n.email, '') || U&'\001F' || coalesce(n.phone_number, '') || U&'\001F' || coalesce(n.identifier, ''))$t$
    WHEN 'memberships' THEN $t$lower(n.name || U&'\001F' || coalesce(n.display_name, '') || U&'\001F' || coalesce(n.email, ''))$t$
    WHEN 'bots' THEN $t$lower(n.name || U&'\001F' || coalesce(n.email, ''))$t$
    WHEN 'companies' THEN 'lower(n.name)'
    WHEN 'workspaces' THEN 'lower(n.name)'
    WHEN 'teams' THEN 'lower(n.name)'
    WHEN 'tags' THEN 'lower(n.name)'
    WHEN 'parts' THEN 'lower(n.name)'
  END
$$;
DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['conversation_titles', 'work_titles', 'contacts', 'memberships', 'bots', 'companies', 'workspaces', 'teams', 'tags',
    'parts'] LOOP
    EXECUTE format('CREATE INDEX %I ON %I USING gin (tenant_id, (%s) gin_trgm_ops)', t || '_searchable', t, replace(searchable_text(t), 'n.', ''));
  END LOOP;
END $$;

-- The ids of what holds every pattern in its name or title; as search_conversations, because LIKE is not leakproof.
-- The longest pattern comes first: it is the one that the index is asked for.
CREATE FUNCTION search_names(tenant bigint, noun text, patterns text[]) RETURNS TABLE (found_id bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp
SET enable_seqscan = off SET plan_cache_mode = force_custom_plan SET jit = off AS $$
DECLARE words text := searchable_text(noun);
BEGIN
  PERFORM require_tenant(tenant);
  IF words IS NULL THEN
    RAISE EXCEPTION 'nothing is searched in %', noun;
  END IF;
  RETURN QUERY EXECUTE format('SELECT n.%I FROM %I n WHERE n.tenant_id = $1 AND %s LIKE $2 AND %s LIKE ALL ($3)',
    CASE noun WHEN 'conversation_titles' THEN 'conversation_number' WHEN 'work_titles' THEN 'work_id' WHEN 'memberships' THEN 'user_id'
      ELSE 'id' END, noun, words, words)
    USING tenant, patterns[1], patterns;
END $$;

-- Work that was asked for over an API and goes on after the answer. Its kinds are the wire's job categories; all other
-- kinds in the queue are the server's own affair.
ALTER TABLE jobs
  ADD COLUMN title text,
  ADD COLUMN progress integer NOT NULL DEFAULT 0 CHECK (progress BETWEEN 0 AND 100),
  ADD COLUMN parent_id bigint,
  ADD COLUMN artifact_ids bigint[] NOT NULL DEFAULT '{}',
  ADD COLUMN created_by text,
  ADD COLUMN modified_by text,
  ADD COLUMN updated_at timestamptz NOT NULL DEFAULT now();
COMMENT ON COLUMN jobs.progress IS 'percent';
COMMENT ON COLUMN jobs.artifact_ids IS 'the attachments that the job made';
CREATE INDEX jobs_created ON jobs (tenant_id, created_at, id) WHERE tenant_id IS NOT NULL;
CREATE INDEX jobs_updated ON jobs (tenant_id, updated_at, id) WHERE tenant_id IS NOT NULL;

-- jobs is a control table without row-level security: a tenant reads its own through this, which shows no other's.
CREATE VIEW tenant_jobs WITH (security_barrier) AS
SELECT j.tenant_id, j.id, j.kind, j.title, j.state, j.progress, j.attempts, j.last_error, j.parent_id, j.artifact_ids,
       j.created_at, j.updated_at, j.created_by, j.modified_by
FROM jobs j
WHERE j.tenant_id = current_tenant() AND j.kind IN (
  'bulk_upgrade', 'convert_conversation_ticket', 'export_account', 'export_article', 'export_audit_log', 'export_conversation',
  'export_devuser', 'export_incident', 'export_part', 'export_revuser', 'export_work', 'merge_account', 'merge_devuser', 'merge_revorg',
  'merge_revuser', 'merge_ticket', 'move_revorg', 'move_revuser', 'oasis_data_export', 'oasis_job');
REVOKE INSERT, UPDATE, DELETE ON tenant_jobs FROM parley_app;
GRANT SELECT ON tenant_jobs TO parley_app;

-- What a job made belongs to it, or else the sweep would take it after a day; with the job its files are nobody's again.
CREATE FUNCTION keep_job_files() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF TG_OP <> 'INSERT' THEN
    UPDATE attachments a SET parent = NULL
    WHERE a.tenant_id = OLD.tenant_id AND a.id = ANY (OLD.artifact_ids) AND a.parent = 'job:' || OLD.id;
  END IF;
  IF TG_OP <> 'DELETE' THEN
    UPDATE attachments a SET parent = 'job:' || NEW.id
    WHERE a.tenant_id = NEW.tenant_id AND a.id = ANY (NEW.artifact_ids) AND a.message_id IS NULL AND a.parent IS NULL;
  END IF;
  RETURN NULL;
END $$;
REVOKE EXECUTE ON FUNCTION keep_job_files() FROM PUBLIC;
CREATE TRIGGER keep_files_insert AFTER INSERT ON jobs FOR EACH ROW WHEN (NEW.artifact_ids <> '{}') EXECUTE FUNCTION keep_job_files();
CREATE TRIGGER keep_files_update AFTER UPDATE ON jobs FOR EACH ROW
  WHEN (OLD.artifact_ids IS DISTINCT FROM NEW.artifact_ids) EXECUTE FUNCTION keep_job_files();
CREATE TRIGGER keep_files_delete AFTER DELETE ON jobs FOR EACH ROW WHEN (OLD.artifact_ids <> '{}') EXECUTE FUNCTION keep_job_files();
