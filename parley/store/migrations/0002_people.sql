-- People and structure: everybody and everything that a conversation can refer to.
-- tenant_id leads every key. A noun that an answer can show carries a version raised by each change.

CREATE FUNCTION raise_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.version := OLD.version + 1;
  RETURN NEW;
END $$;

-- One row per (tenant, kind): ids of small nouns and conversation numbers (design.md, 5).
CREATE TABLE allocators (
  tenant_id  bigint NOT NULL REFERENCES tenants ON DELETE CASCADE,
  kind       text NOT NULL,
  next_id    bigint NOT NULL DEFAULT 1,
  PRIMARY KEY (tenant_id, kind)
);

CREATE TABLE custom_roles (
  tenant_id   bigint NOT NULL REFERENCES tenants ON DELETE CASCADE,
  id          bigint NOT NULL,
  name        text NOT NULL,
  description text,
  permissions text[] NOT NULL DEFAULT '{}',
  created_at  timestamptz NOT NULL DEFAULT now(),
  updated_at  timestamptz NOT NULL DEFAULT now(),
  version     bigint NOT NULL DEFAULT 1,
  PRIMARY KEY (tenant_id, id)
);

-- A user's place in a tenant, with the profile as this tenant shows it: answers never leave the tenant.
-- Somebody who left keeps the row (left_at), because old messages and assignments still name them.
CREATE TABLE memberships (
  tenant_id     bigint NOT NULL REFERENCES tenants ON DELETE CASCADE,
  user_id       bigint NOT NULL,
  role          text NOT NULL DEFAULT 'agent' CHECK (role IN ('administrator', 'agent')),
  custom_role_id bigint,
  name          text NOT NULL,
  display_name  text,
  email         text,
  provider      text NOT NULL DEFAULT 'email',
  confirmed     boolean NOT NULL DEFAULT true,
  state         text NOT NULL DEFAULT 'active'
                CHECK (state IN ('active', 'deactivated', 'deleted', 'locked', 'shadow', 'unassigned')),
  availability  text NOT NULL DEFAULT 'online' CHECK (availability IN ('online', 'offline', 'busy')),
  auto_offline  boolean NOT NULL DEFAULT true,
  avatar_id     bigint,
  custom_attributes jsonb NOT NULL DEFAULT '{}',
  message_signature text,
  ui_settings   jsonb NOT NULL DEFAULT '{}',
  is_super_admin boolean NOT NULL DEFAULT false,
  inviter_id    bigint,
  active_at     timestamptz,
  left_at       timestamptz,
  created_at    timestamptz NOT NULL DEFAULT now(),
  updated_at    timestamptz NOT NULL DEFAULT now(),
  version       bigint NOT NULL DEFAULT 1,
  PRIMARY KEY (tenant_id, user_id),
  FOREIGN KEY (tenant_id, custom_role_id) REFERENCES custom_roles
);
CREATE INDEX memberships_email ON memberships (tenant_id, lower(email));

CREATE TABLE bots (
  tenant_id   bigint NOT NULL REFERENCES tenants ON DELETE CASCADE,
  id          bigint NOT NULL,
  name        text NOT NULL,
  description text,
  kind        text NOT NULL DEFAULT 'service_account' CHECK (kind IN ('service_account', 'system')),
  email       text,
  state       text NOT NULL DEFAULT 'active'
              CHECK (state IN ('active', 'deactivated', 'deleted', 'locked', 'shadow', 'unassigned')),
  bot_type    text NOT NULL DEFAULT 'webhook',
  outgoing_url text,
  secret      text,
  config      jsonb NOT NULL DEFAULT '{}',
  avatar_id   bigint,
  created_at  timestamptz NOT NULL DEFAULT now(),
  updated_at  timestamptz NOT NULL DEFAULT now(),
  version     bigint NOT NULL DEFAULT 1,
  PRIMARY KEY (tenant_id, id)
);

CREATE TABLE companies (
  tenant_id   bigint NOT NULL REFERENCES tenants ON DELETE CASCADE,
  id          bigint NOT NULL,
  name        text NOT NULL,
  description text,
  domains     text[] NOT NULL DEFAULT '{}',
  external_refs text[] NOT NULL DEFAULT '{}',
  custom_fields jsonb NOT NULL DEFAULT '{}',
  created_at  timestamptz NOT NULL DEFAULT now(),
  updated_at  timestamptz NOT NULL DEFAULT now(),
  version     bigint NOT NULL DEFAULT 1,
  PRIMARY KEY (tenant_id, id)
);

CREATE TABLE workspaces (
  tenant_id   bigint NOT NULL REFERENCES tenants ON DELETE CASCADE,
  id          bigint NOT NULL,
  company_id  bigint NOT NULL,
  name        text NOT NULL,
  description text,
  is_default  boolean NOT NULL DEFAULT false,
  external_ref text,
  custom_fields jsonb NOT NULL DEFAULT '{}',
  created_at  timestamptz NOT NULL DEFAULT now(),
  updated_at  timestamptz NOT NULL DEFAULT now(),
  version     bigint NOT NULL DEFAULT 1,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, company_id) REFERENCES companies ON DELETE CASCADE
);
CREATE UNIQUE INDEX workspaces_default ON workspaces (tenant_id, company_id) WHERE is_default;

CREATE TABLE contacts (
  tenant_id     bigint NOT NULL REFERENCES tenants ON DELETE CASCADE,
  id            bigint NOT NULL,
  name          text NOT NULL DEFAULT '',
  display_name  text,
  middle_name   text,
  last_name     text,
  email         text,
  phone_number  text,
  identifier    text,
  kind          text NOT NULL DEFAULT 'visitor' CHECK (kind IN ('visitor', 'lead', 'customer')),
  state         text NOT NULL DEFAULT 'active'
                CHECK (state IN ('active', 'deactivated', 'deleted', 'locked', 'shadow', 'unassigned')),
  location      text,
  country_code  text,
  blocked       boolean NOT NULL DEFAULT false,
  verified      boolean NOT NULL DEFAULT false,
  workspace_id  bigint,
  company_id    bigint,
  avatar_id     bigint,
  additional_attributes jsonb NOT NULL DEFAULT '{}',
  custom_fields jsonb NOT NULL DEFAULT '{}',
  last_activity_at timestamptz,
  created_at    timestamptz NOT NULL DEFAULT now(),
  updated_at    timestamptz NOT NULL DEFAULT now(),
  version       bigint NOT NULL DEFAULT 1,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, workspace_id) REFERENCES workspaces,
  FOREIGN KEY (tenant_id, company_id) REFERENCES companies
);
CREATE INDEX contacts_email ON contacts (tenant_id, lower(email));
CREATE INDEX contacts_identifier ON contacts (tenant_id, identifier);
CREATE INDEX contacts_phone_number ON contacts (tenant_id, phone_number);
CREATE INDEX contacts_workspace ON contacts (tenant_id, workspace_id);

-- kind is Chatwoot's channel word in snake case: api, web_widget, email, whatsapp ...
CREATE TABLE inboxes (
  tenant_id    bigint NOT NULL REFERENCES tenants ON DELETE CASCADE,
  id           bigint NOT NULL,
  name         text NOT NULL,
  kind         text NOT NULL,
  channel_id   bigint,
  channel      jsonb NOT NULL DEFAULT '{}',
  settings     jsonb NOT NULL DEFAULT '{}',
  timezone     text NOT NULL DEFAULT 'UTC',
  lock_to_single_conversation boolean NOT NULL DEFAULT false,
  reply_window interval,
  active_bot_id bigint,
  created_at   timestamptz NOT NULL DEFAULT now(),
  updated_at   timestamptz NOT NULL DEFAULT now(),
  version      bigint NOT NULL DEFAULT 1,
  PRIMARY KEY (tenant_id, id)
);
COMMENT ON COLUMN inboxes.reply_window IS 'how long after the contact''s last message an agent may reply; null: always';

CREATE TABLE inbox_members (
  tenant_id  bigint NOT NULL,
  inbox_id   bigint NOT NULL,
  user_id    bigint NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, user_id, inbox_id),
  FOREIGN KEY (tenant_id, inbox_id) REFERENCES inboxes ON DELETE CASCADE,
  FOREIGN KEY (tenant_id, user_id) REFERENCES memberships ON DELETE CASCADE
);
CREATE INDEX inbox_members_inbox ON inbox_members (tenant_id, inbox_id);

CREATE TABLE teams (
  tenant_id   bigint NOT NULL REFERENCES tenants ON DELETE CASCADE,
  id          bigint NOT NULL,
  name        text NOT NULL,
  description text,
  member_type text NOT NULL DEFAULT 'dev_user' CHECK (member_type IN ('dev_user', 'rev_user')),
  allow_auto_assign boolean NOT NULL DEFAULT true,
  created_at  timestamptz NOT NULL DEFAULT now(),
  updated_at  timestamptz NOT NULL DEFAULT now(),
  version     bigint NOT NULL DEFAULT 1,
  PRIMARY KEY (tenant_id, id)
);

CREATE TABLE team_members (
  tenant_id  bigint NOT NULL,
  team_id    bigint NOT NULL,
  user_id    bigint NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, user_id, team_id),
  FOREIGN KEY (tenant_id, team_id) REFERENCES teams ON DELETE CASCADE,
  FOREIGN KEY (tenant_id, user_id) REFERENCES memberships ON DELETE CASCADE
);
CREATE INDEX team_members_team ON team_members (tenant_id, team_id);

-- A contact's address in an inbox (Chatwoot: contact_inbox).
CREATE TABLE contact_points (
  tenant_id     bigint NOT NULL,
  id            bigint NOT NULL,
  contact_id    bigint NOT NULL,
  inbox_id      bigint NOT NULL,
  source_id     text NOT NULL,
  hmac_verified boolean NOT NULL DEFAULT false,
  pubsub_token_hash bytea,
  created_at    timestamptz NOT NULL DEFAULT now(),
  updated_at    timestamptz NOT NULL DEFAULT now(),
  version       bigint NOT NULL DEFAULT 1,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, contact_id) REFERENCES contacts ON DELETE CASCADE,
  FOREIGN KEY (tenant_id, inbox_id) REFERENCES inboxes ON DELETE CASCADE
);
CREATE UNIQUE INDEX contact_points_source ON contact_points (tenant_id, inbox_id, source_id);
CREATE INDEX contact_points_source_id ON contact_points (tenant_id, source_id);
CREATE INDEX contact_points_contact ON contact_points (tenant_id, contact_id);

CREATE TABLE parts (
  tenant_id   bigint NOT NULL REFERENCES tenants ON DELETE CASCADE,
  id          bigint NOT NULL,
  kind        text NOT NULL CHECK (kind IN ('product', 'capability', 'feature', 'enhancement', 'linkable', 'runnable')),
  name        text NOT NULL,
  description text,
  parent_id   bigint,
  owner_ids   bigint[] NOT NULL DEFAULT '{}',
  created_at  timestamptz NOT NULL DEFAULT now(),
  updated_at  timestamptz NOT NULL DEFAULT now(),
  version     bigint NOT NULL DEFAULT 1,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, parent_id) REFERENCES parts
);

CREATE TABLE brands (
  tenant_id   bigint NOT NULL REFERENCES tenants ON DELETE CASCADE,
  id          bigint NOT NULL,
  name        text NOT NULL,
  description text,
  created_at  timestamptz NOT NULL DEFAULT now(),
  updated_at  timestamptz NOT NULL DEFAULT now(),
  version     bigint NOT NULL DEFAULT 1,
  PRIMARY KEY (tenant_id, id)
);

-- is_label: defined in Chatwoot's label list; other tags exist only because something carries them.
CREATE TABLE tags (
  tenant_id   bigint NOT NULL REFERENCES tenants ON DELETE CASCADE,
  id          bigint NOT NULL,
  name        text NOT NULL,
  description text,
  color       text NOT NULL DEFAULT '#1f93ff',
  is_label    boolean NOT NULL DEFAULT true,
  show_on_sidebar boolean NOT NULL DEFAULT true,
  allowed_values text[] NOT NULL DEFAULT '{}',
  created_at  timestamptz NOT NULL DEFAULT now(),
  updated_at  timestamptz NOT NULL DEFAULT now(),
  version     bigint NOT NULL DEFAULT 1,
  PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX tags_name ON tags (tenant_id, name);
CREATE INDEX tags_lower_name ON tags (tenant_id, lower(name));

CREATE TABLE states (
  tenant_id  bigint NOT NULL REFERENCES tenants ON DELETE CASCADE,
  id         bigint NOT NULL,
  name       text NOT NULL,
  ordinal    integer NOT NULL,
  is_final   boolean NOT NULL DEFAULT false,
  is_custom  boolean NOT NULL DEFAULT false,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  version    bigint NOT NULL DEFAULT 1,
  PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX states_name ON states (tenant_id, name);

CREATE TABLE stages (
  tenant_id  bigint NOT NULL REFERENCES tenants ON DELETE CASCADE,
  id         bigint NOT NULL,
  name       text NOT NULL,
  state_id   bigint NOT NULL,
  ordinal    integer NOT NULL,
  notes      text,
  chatwoot_status text NOT NULL CHECK (chatwoot_status IN ('open', 'pending', 'snoozed', 'resolved')),
  is_custom  boolean NOT NULL DEFAULT false,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  version    bigint NOT NULL DEFAULT 1,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, state_id) REFERENCES states
);
CREATE UNIQUE INDEX stages_name ON stages (tenant_id, name);

-- DevRev's schema fragments: which custom fields a conversation may carry.
CREATE TABLE schema_fragments (
  tenant_id  bigint NOT NULL REFERENCES tenants ON DELETE CASCADE,
  id         bigint NOT NULL,
  kind       text NOT NULL CHECK (kind IN ('stock', 'tenant', 'subtype', 'app')),
  subtype    text,
  display_name text,
  created_at timestamptz NOT NULL DEFAULT now(),
  version    bigint NOT NULL DEFAULT 1,
  PRIMARY KEY (tenant_id, id),
  CHECK ((kind = 'subtype') = (subtype IS NOT NULL))
);

-- Custom field definitions (Chatwoot: custom attribute definitions), namespace tnt, ctype or an app's.
CREATE TABLE custom_fields (
  tenant_id   bigint NOT NULL REFERENCES tenants ON DELETE CASCADE,
  id          bigint NOT NULL,
  noun        text NOT NULL DEFAULT 'conversation' CHECK (noun IN ('conversation', 'contact', 'company')),
  namespace   text NOT NULL DEFAULT 'tnt' CHECK (namespace ~ '^[a-z0-9]+(_[a-z0-9]+)*$'),
  subtype     text,
  key         text NOT NULL,
  display_name text NOT NULL,
  description text,
  field_type  text NOT NULL,
  chatwoot_type text,
  allowed_values jsonb NOT NULL DEFAULT '[]',
  default_value jsonb,
  regex_pattern text,
  regex_cue   text,
  is_filterable boolean NOT NULL DEFAULT true,
  is_immutable boolean NOT NULL DEFAULT false,
  is_pii      boolean NOT NULL DEFAULT false,
  is_required boolean NOT NULL DEFAULT false,
  origin      text,
  mfz         jsonb NOT NULL DEFAULT '{}',
  oasis       jsonb NOT NULL DEFAULT '{}',
  ui          jsonb NOT NULL DEFAULT '{}',
  created_at  timestamptz NOT NULL DEFAULT now(),
  updated_at  timestamptz NOT NULL DEFAULT now(),
  version     bigint NOT NULL DEFAULT 1,
  PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX custom_fields_key ON custom_fields (tenant_id, noun, namespace, coalesce(subtype, ''), key);

CREATE TABLE campaigns (
  tenant_id  bigint NOT NULL REFERENCES tenants ON DELETE CASCADE,
  id         bigint NOT NULL,
  display_id bigint NOT NULL,
  title      text NOT NULL,
  inbox_id   bigint,
  settings   jsonb NOT NULL DEFAULT '{}',
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  version    bigint NOT NULL DEFAULT 1,
  PRIMARY KEY (tenant_id, id)
);

-- A pipe to an external system (DevRev: AirSync unit), shown inside sync_metadata.
CREATE TABLE sync_units (
  tenant_id  bigint NOT NULL REFERENCES tenants ON DELETE CASCADE,
  id         bigint NOT NULL,
  name       text NOT NULL,
  external_system_type text NOT NULL,
  is_archived boolean NOT NULL DEFAULT false,
  sync_type  text NOT NULL DEFAULT 'manual' CHECK (sync_type IN ('manual', 'periodic')),
  run_mode   text NOT NULL DEFAULT 'initial' CHECK (run_mode IN ('initial', 'sync_from_devrev', 'sync_to_devrev')),
  run_state  text NOT NULL DEFAULT 'completed',
  version    bigint NOT NULL DEFAULT 1,
  PRIMARY KEY (tenant_id, id)
);

-- Where an imported row came from, and what it looked like then (glossary: origin).
CREATE TABLE origins (
  tenant_id    bigint NOT NULL REFERENCES tenants ON DELETE CASCADE,
  noun         text NOT NULL,
  local_id     bigint NOT NULL,
  system       text NOT NULL,
  external_id  text NOT NULL,
  content_hash bytea,
  local_hash   bytea,
  source_status text,
  sync_unit_id bigint,
  in_status    text CHECK (in_status IN ('failed', 'modified', 'staged', 'succeeded')),
  in_at        timestamptz,
  out_status   text CHECK (out_status IN ('failed', 'modified', 'succeeded')),
  out_at       timestamptz,
  PRIMARY KEY (tenant_id, noun, local_id),
  FOREIGN KEY (tenant_id, sync_unit_id) REFERENCES sync_units
);
CREATE UNIQUE INDEX origins_external ON origins (tenant_id, noun, system, external_id);
COMMENT ON COLUMN origins.content_hash IS 'of the source row at its last import: a change there is seen by content';
COMMENT ON COLUMN origins.source_status IS 'the source''s own status at its last import: an import moves the stage only when it changed';
COMMENT ON COLUMN origins.local_hash IS 'of our row right after its last import: an edit here is seen by it';
