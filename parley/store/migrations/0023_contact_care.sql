-- Contacts as Chatwoot's clients keep them: lists in many orders, notes, who is there now, imports and exports as jobs.

-- Lists show whom one can reach: with an address, a number or an identifier. One index per order, each with this condition,
-- so that counting and skipping stay inside it. Where null comes last in both directions, each direction needs its own.
-- The text is cut, because an index takes no long one.
CREATE INDEX contacts_known ON contacts (tenant_id, id) WHERE email <> '' OR phone_number <> '' OR identifier <> '';
CREATE INDEX contacts_known_name ON contacts (tenant_id, "left"(lower(name), 200), id)
  WHERE email <> '' OR phone_number <> '' OR identifier <> '';
CREATE INDEX contacts_known_email ON contacts (tenant_id, email, id) WHERE email <> '' OR phone_number <> '' OR identifier <> '';
CREATE INDEX contacts_known_phone ON contacts (tenant_id, phone_number, id) WHERE email <> '' OR phone_number <> '' OR identifier <> '';
CREATE INDEX contacts_known_created ON contacts (tenant_id, created_at, id) WHERE email <> '' OR phone_number <> '' OR identifier <> '';
CREATE INDEX contacts_known_active ON contacts (tenant_id, last_activity_at, id)
  WHERE email <> '' OR phone_number <> '' OR identifier <> '';
CREATE INDEX contacts_known_active_desc ON contacts (tenant_id, last_activity_at DESC NULLS LAST, id DESC)
  WHERE email <> '' OR phone_number <> '' OR identifier <> '';
CREATE INDEX contacts_known_company ON contacts (tenant_id, "left"(additional_attributes ->> 'company_name', 200), id)
  WHERE email <> '' OR phone_number <> '' OR identifier <> '';
CREATE INDEX contacts_known_company_desc ON contacts (tenant_id, "left"(additional_attributes ->> 'company_name', 200) DESC NULLS LAST, id DESC)
  WHERE email <> '' OR phone_number <> '' OR identifier <> '';
CREATE INDEX contacts_known_city ON contacts (tenant_id, "left"(additional_attributes ->> 'city', 200), id)
  WHERE email <> '' OR phone_number <> '' OR identifier <> '';
CREATE INDEX contacts_known_city_desc ON contacts (tenant_id, "left"(additional_attributes ->> 'city', 200) DESC NULLS LAST, id DESC)
  WHERE email <> '' OR phone_number <> '' OR identifier <> '';
CREATE INDEX contacts_known_country ON contacts (tenant_id, "left"(additional_attributes ->> 'country', 200), id)
  WHERE email <> '' OR phone_number <> '' OR identifier <> '';
CREATE INDEX contacts_known_country_desc ON contacts (tenant_id, "left"(additional_attributes ->> 'country', 200) DESC NULLS LAST, id DESC)
  WHERE email <> '' OR phone_number <> '' OR identifier <> '';

-- Notes of agents on a contact; created_by says whose.
CREATE TABLE contact_notes (
  tenant_id   bigint NOT NULL REFERENCES tenants ON DELETE CASCADE,
  id          bigint NOT NULL,
  contact_id  bigint NOT NULL,
  content     text NOT NULL,
  created_at  timestamptz NOT NULL DEFAULT now(),
  updated_at  timestamptz NOT NULL DEFAULT now(),
  created_by  text,
  modified_by text,
  version     bigint NOT NULL DEFAULT 1,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, contact_id) REFERENCES contacts ON DELETE CASCADE
);
CREATE INDEX contact_notes_contact ON contact_notes (tenant_id, contact_id, created_at DESC, id DESC);
SELECT protect('contact_notes');

-- When a contact's browser was last heard of; written by live connections.
CREATE TABLE contact_presences (
  tenant_id  bigint NOT NULL REFERENCES tenants ON DELETE CASCADE,
  contact_id bigint NOT NULL,
  seen_at    timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, contact_id),
  FOREIGN KEY (tenant_id, contact_id) REFERENCES contacts ON DELETE CASCADE
);
CREATE INDEX contact_presences_seen ON contact_presences (tenant_id, seen_at);
SELECT protect('contact_presences');

-- The rows of a contact import that could not be taken, until the job makes a file of them.
CREATE TABLE contact_import_failures (
  tenant_id  bigint NOT NULL REFERENCES tenants ON DELETE CASCADE,
  job_id     bigint NOT NULL,
  row_number integer NOT NULL,
  cells      text[] NOT NULL DEFAULT '{}',
  reason     text NOT NULL,
  PRIMARY KEY (tenant_id, job_id, row_number)
);
SELECT protect('contact_import_failures');

-- A job's numbers and outcome, as its kind tells them.
ALTER TABLE jobs ADD COLUMN IF NOT EXISTS result jsonb NOT NULL DEFAULT '{}';

-- Which tenants have a job of these kinds to run now: queued and due, or left behind by a server that is gone.
CREATE FUNCTION tenants_with_jobs(kinds text[], due timestamptz) RETURNS TABLE (tenant bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT DISTINCT j.tenant_id FROM jobs j
  WHERE j.tenant_id IS NOT NULL AND j.kind = ANY (kinds) AND j.state IN ('queued', 'running') AND j.run_at <= due
$$;
CREATE INDEX jobs_unfinished ON jobs (kind, run_at) WHERE state IN ('queued', 'running');
