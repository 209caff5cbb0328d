-- People: what dev users and groups have beside a name, groups of contacts, identities elsewhere, and what a token is for.

ALTER TABLE memberships
  ADD COLUMN phone_numbers text[] NOT NULL DEFAULT '{}',
  ADD COLUMN timezone text,
  ADD COLUMN subtype text,
  ADD COLUMN custom_fields jsonb NOT NULL DEFAULT '{}',
  ADD COLUMN job_title text,
  ADD COLUMN job_history jsonb NOT NULL DEFAULT '[]',
  ADD COLUMN experience_start_at timestamptz,
  ADD COLUMN reports_to bigint;
COMMENT ON COLUMN memberships.reports_to IS 'a user_id of the tenant';
COMMENT ON COLUMN memberships.custom_fields IS '{namespace: {raw key: value}}; custom_attributes are Chatwoot''s own';
CREATE INDEX memberships_created ON memberships (tenant_id, created_at, user_id);
CREATE INDEX memberships_updated ON memberships (tenant_id, updated_at, user_id);

-- A membership under the name by which small nouns go: its user's number is its id.
CREATE VIEW dev_users WITH (security_invoker = true) AS
  SELECT m.tenant_id, m.user_id AS id, m.name, m.display_name, m.email, m.state, m.left_at,
         CASE WHEN m.left_at IS NOT NULL AND m.state = 'active' THEN 'deactivated' ELSE m.state END AS shown_state,
         m.phone_numbers, m.timezone, m.subtype, m.custom_fields, m.job_title, m.job_history, m.experience_start_at, m.reports_to,
         m.created_at, m.updated_at, m.created_by, m.modified_by
  FROM memberships m;
GRANT SELECT, UPDATE ON dev_users TO parley_app;

-- Who a user is elsewhere: one identity per issuer, and nobody else has it.
CREATE TABLE user_identities (
  tenant_id    bigint NOT NULL,
  user_id      bigint NOT NULL,
  issuer       text NOT NULL,
  external_id  text NOT NULL,
  display_name text,
  created_at   timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, user_id, issuer),
  FOREIGN KEY (tenant_id, user_id) REFERENCES memberships ON DELETE CASCADE
);
CREATE UNIQUE INDEX user_identities_external ON user_identities (tenant_id, issuer, external_id);
SELECT protect('user_identities');

-- The server itself (number 0) stands among the bots of kind system.
CREATE VIEW sys_users WITH (security_invoker = true) AS
  SELECT t.id AS tenant_id, 0::bigint AS id, t.created_at, t.updated_at, NULL::text AS created_by, NULL::text AS modified_by
  FROM tenants t
  UNION ALL
  SELECT b.tenant_id, b.id, b.created_at, b.updated_at, b.created_by, b.modified_by FROM bots b WHERE b.kind = 'system';
GRANT SELECT ON sys_users TO parley_app;

ALTER TABLE teams ADD COLUMN owner text;
COMMENT ON COLUMN teams.owner IS 'who answers for it, as kind:id';
CREATE INDEX teams_name ON teams (tenant_id, lower(name));

-- The members of a group of contacts. workspace_id: for which of their workspaces.
CREATE TABLE team_contacts (
  tenant_id    bigint NOT NULL,
  team_id      bigint NOT NULL,
  contact_id   bigint NOT NULL,
  workspace_id bigint,
  created_at   timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, contact_id, team_id),
  FOREIGN KEY (tenant_id, team_id) REFERENCES teams ON DELETE CASCADE,
  FOREIGN KEY (tenant_id, contact_id) REFERENCES contacts ON DELETE CASCADE,
  FOREIGN KEY (tenant_id, workspace_id) REFERENCES workspaces ON DELETE SET NULL (workspace_id)
);
CREATE INDEX team_contacts_team ON team_contacts (tenant_id, team_id, created_at, contact_id);
CREATE INDEX team_members_joined ON team_members (tenant_id, team_id, created_at, user_id);
SELECT protect('team_contacts');

-- Both kinds of members; a team has one kind only, so that an id is unique in it.
CREATE VIEW team_people WITH (security_invoker = true) AS
  SELECT m.tenant_id, m.team_id, 'user' AS kind, m.user_id AS id, NULL::bigint AS workspace_id,
         m.created_at, NULL::text AS created_by, NULL::text AS modified_by
  FROM team_members m
  UNION ALL
  SELECT c.tenant_id, c.team_id, 'contact', c.contact_id, c.workspace_id, c.created_at, NULL::text, NULL::text
  FROM team_contacts c;
GRANT SELECT ON team_people TO parley_app;

-- What a token is for (pat, aat, session, session:dev, session:rev; null: what its owner's kind says) and who made it.
ALTER TABLE tokens
  ADD COLUMN kind text CHECK (kind IN ('pat', 'aat', 'session', 'session:dev', 'session:rev')),
  ADD COLUMN client_id text,
  ADD COLUMN created_by text,
  ADD COLUMN modified_by text,
  ADD COLUMN updated_at timestamptz NOT NULL DEFAULT now();
COMMENT ON COLUMN tokens.name IS 'a hint that tells the token from others';
CREATE INDEX tokens_client ON tokens (tenant_id, client_id) WHERE client_id IS NOT NULL;

CREATE INDEX workspaces_ref ON workspaces (tenant_id, external_ref) WHERE external_ref IS NOT NULL;
