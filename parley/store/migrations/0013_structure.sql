-- Structure: what parts carry beside their name, works (tickets and issues), and links between objects.

ALTER TABLE custom_fields
  DROP CONSTRAINT custom_fields_noun_check,
  ADD CHECK (noun IN ('conversation', 'contact', 'company', 'work', 'part'));

ALTER TABLE parts
  ADD COLUMN subtype text,
  ADD COLUMN custom_fields jsonb NOT NULL DEFAULT '{}',
  ADD COLUMN code_repo_url text,
  ADD COLUMN code_repo_paths text,
  ADD COLUMN code_inferred_surface_area text[] NOT NULL DEFAULT '{}',
  ADD COLUMN release_notes text,
  ADD COLUMN target_start_at timestamptz,
  ADD COLUMN target_close_at timestamptz;
COMMENT ON COLUMN parts.custom_fields IS '{namespace: {raw key: value}}';
CREATE INDEX parts_created ON parts (tenant_id, created_at, id);
CREATE INDEX parts_updated ON parts (tenant_id, updated_at, id);
CREATE INDEX parts_parent ON parts (tenant_id, parent_id) WHERE parent_id IS NOT NULL;

CREATE TABLE part_tags (
  tenant_id  bigint NOT NULL REFERENCES tenants ON DELETE CASCADE,
  part_id    bigint NOT NULL,
  tag_id     bigint NOT NULL,
  value      text,
  position   integer NOT NULL,
  PRIMARY KEY (tenant_id, part_id, tag_id),
  FOREIGN KEY (tenant_id, part_id) REFERENCES parts ON DELETE CASCADE,
  FOREIGN KEY (tenant_id, tag_id) REFERENCES tags
);
CREATE INDEX part_tags_tag ON part_tags (tenant_id, tag_id, part_id);
SELECT protect('part_tags');

-- A ticket or an issue. The id is the same series for both; the number is what TKT-n and ISS-n show, a series per kind.
CREATE TABLE works (
  tenant_id       bigint NOT NULL REFERENCES tenants ON DELETE CASCADE,
  id              bigint NOT NULL,
  kind            text NOT NULL CHECK (kind IN ('ticket', 'issue')),
  number          bigint NOT NULL,
  title           text NOT NULL,
  body            text,
  stage           text NOT NULL,
  state           text NOT NULL CHECK (state IN ('open', 'in_progress', 'closed')),
  part_id         bigint NOT NULL,
  company_id      bigint,
  workspace_id    bigint,
  team_id         bigint,
  inbox_id        bigint,
  source_channel  text,
  channels        text[] NOT NULL DEFAULT '{}',
  severity        text CHECK (severity IN ('blocker', 'high', 'medium', 'low')),
  priority        smallint CHECK (priority BETWEEN 0 AND 3),
  visibility      smallint CHECK (visibility IN (1, 2)),
  is_spam         boolean NOT NULL DEFAULT false,
  is_frozen       boolean NOT NULL DEFAULT false,
  needs_response  boolean NOT NULL DEFAULT false,
  sentiment       smallint CHECK (sentiment BETWEEN 1 AND 5),
  sentiment_summary text,
  sentiment_modified_at timestamptz,
  external_ref    text,
  subtype         text,
  custom_fields   jsonb NOT NULL DEFAULT '{}',
  target_start_at timestamptz,
  target_close_at timestamptz,
  started_at      timestamptz,
  closed_at       timestamptz,
  created_at      timestamptz NOT NULL DEFAULT now(),
  updated_at      timestamptz NOT NULL DEFAULT now(),
  created_by      text,
  modified_by     text,
  version         bigint NOT NULL DEFAULT 1,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, part_id) REFERENCES parts,
  FOREIGN KEY (tenant_id, company_id) REFERENCES companies,
  FOREIGN KEY (tenant_id, workspace_id) REFERENCES workspaces,
  FOREIGN KEY (tenant_id, team_id) REFERENCES teams,
  FOREIGN KEY (tenant_id, inbox_id) REFERENCES inboxes
);
COMMENT ON COLUMN works.state IS 'the stage''s state, kept here for the indexes (domain/works.py)';
COMMENT ON COLUMN works.visibility IS '1 internal, 2 external';
COMMENT ON COLUMN works.channels IS 'email, plug, slack ... (DevRev: channels); inboxes are in work_channels';
CREATE UNIQUE INDEX works_number ON works (tenant_id, kind, number);
CREATE UNIQUE INDEX works_external_ref ON works (tenant_id, external_ref) WHERE external_ref IS NOT NULL;
CREATE INDEX works_created ON works (tenant_id, created_at, id);
CREATE INDEX works_updated ON works (tenant_id, updated_at, id);
CREATE INDEX works_stage ON works (tenant_id, stage, updated_at, id);
CREATE INDEX works_part ON works (tenant_id, part_id, updated_at, id);
CREATE INDEX works_company ON works (tenant_id, company_id, updated_at, id) WHERE company_id IS NOT NULL;
CREATE INDEX works_workspace ON works (tenant_id, workspace_id, updated_at, id) WHERE workspace_id IS NOT NULL;
CREATE INDEX works_team ON works (tenant_id, team_id) WHERE team_id IS NOT NULL;
CREATE INDEX works_inbox ON works (tenant_id, inbox_id) WHERE inbox_id IS NOT NULL;
SELECT protect('works');

-- Owners and reporters of a work, in order.
CREATE TABLE work_people (
  tenant_id  bigint NOT NULL REFERENCES tenants ON DELETE CASCADE,
  work_id    bigint NOT NULL,
  role       text NOT NULL CHECK (role IN ('owner', 'reporter')),
  person     text NOT NULL,
  position   integer NOT NULL,
  PRIMARY KEY (tenant_id, work_id, role, person),
  FOREIGN KEY (tenant_id, work_id) REFERENCES works ON DELETE CASCADE
);
COMMENT ON COLUMN work_people.person IS 'as kind:id';
CREATE INDEX work_people_person ON work_people (tenant_id, person, role, work_id);
SELECT protect('work_people');

CREATE TABLE work_tags (
  tenant_id  bigint NOT NULL REFERENCES tenants ON DELETE CASCADE,
  work_id    bigint NOT NULL,
  tag_id     bigint NOT NULL,
  value      text,
  position   integer NOT NULL,
  PRIMARY KEY (tenant_id, work_id, tag_id),
  FOREIGN KEY (tenant_id, work_id) REFERENCES works ON DELETE CASCADE,
  FOREIGN KEY (tenant_id, tag_id) REFERENCES tags
);
CREATE INDEX work_tags_tag ON work_tags (tenant_id, tag_id, work_id);
SELECT protect('work_tags');

-- The parts that an issue is developed with.
CREATE TABLE work_parts (
  tenant_id  bigint NOT NULL REFERENCES tenants ON DELETE CASCADE,
  work_id    bigint NOT NULL,
  part_id    bigint NOT NULL,
  position   integer NOT NULL,
  PRIMARY KEY (tenant_id, work_id, part_id),
  FOREIGN KEY (tenant_id, work_id) REFERENCES works ON DELETE CASCADE,
  FOREIGN KEY (tenant_id, part_id) REFERENCES parts
);
CREATE INDEX work_parts_part ON work_parts (tenant_id, part_id);
SELECT protect('work_parts');

-- The inboxes that a ticket runs over.
CREATE TABLE work_channels (
  tenant_id  bigint NOT NULL REFERENCES tenants ON DELETE CASCADE,
  work_id    bigint NOT NULL,
  inbox_id   bigint NOT NULL,
  position   integer NOT NULL,
  PRIMARY KEY (tenant_id, work_id, inbox_id),
  FOREIGN KEY (tenant_id, work_id) REFERENCES works ON DELETE CASCADE,
  FOREIGN KEY (tenant_id, inbox_id) REFERENCES inboxes
);
CREATE INDEX work_channels_inbox ON work_channels (tenant_id, inbox_id, work_id);
SELECT protect('work_channels');

-- A link goes from its source to its target; both stand as noun:number (conversation:5, ticket:2, feature:7, user:1).
CREATE TABLE links (
  tenant_id  bigint NOT NULL REFERENCES tenants ON DELETE CASCADE,
  id         bigint NOT NULL,
  link_type  text NOT NULL,
  source     text NOT NULL,
  target     text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  created_by text,
  modified_by text,
  version    bigint NOT NULL DEFAULT 1,
  PRIMARY KEY (tenant_id, id),
  CHECK (source <> target)
);
CREATE UNIQUE INDEX links_ends ON links (tenant_id, source, target, link_type);
CREATE INDEX links_target ON links (tenant_id, target, id);
SELECT protect('links');

-- A link goes with either of its ends, whoever deletes it; TG_ARGV: the column of the number, and the noun or the column that has it.
CREATE FUNCTION delete_links() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  gone jsonb := to_jsonb(OLD);
  noun text := CASE TG_ARGV[1] WHEN 'kind' THEN gone->>'kind' ELSE TG_ARGV[1] END;
  ref  text := noun || ':' || (gone->>TG_ARGV[0]);
BEGIN
  DELETE FROM links WHERE links.tenant_id = OLD.tenant_id AND links.source = ref;
  DELETE FROM links WHERE links.tenant_id = OLD.tenant_id AND links.target = ref;
  RETURN NULL;
END $$;
CREATE TRIGGER delete_links AFTER DELETE ON conversations FOR EACH ROW EXECUTE FUNCTION delete_links('number', 'conversation');
CREATE TRIGGER delete_links AFTER DELETE ON works FOR EACH ROW EXECUTE FUNCTION delete_links('number', 'kind');
CREATE TRIGGER delete_links AFTER DELETE ON parts FOR EACH ROW EXECUTE FUNCTION delete_links('id', 'kind');
CREATE TRIGGER delete_links AFTER DELETE ON companies FOR EACH ROW EXECUTE FUNCTION delete_links('id', 'company');
CREATE TRIGGER delete_links AFTER DELETE ON workspaces FOR EACH ROW EXECUTE FUNCTION delete_links('id', 'workspace');
CREATE TRIGGER delete_links AFTER DELETE ON contacts FOR EACH ROW EXECUTE FUNCTION delete_links('id', 'contact');
