-- What a desk sets up for itself: webhooks by name, dashboard apps, macros, automation rules and their engine, bulk actions.

-- Chatwoot's webhooks have a name and may belong to an inbox; an address is used once in an account.
ALTER TABLE webhooks
  ADD COLUMN name text,
  ADD COLUMN inbox_id bigint,
  ADD FOREIGN KEY (tenant_id, inbox_id) REFERENCES inboxes ON DELETE CASCADE;
CREATE UNIQUE INDEX webhooks_chatwoot_url ON webhooks (tenant_id, md5(url)) WHERE wire = 'chatwoot';
CREATE INDEX webhooks_inbox ON webhooks (tenant_id, inbox_id) WHERE inbox_id IS NOT NULL;

CREATE TABLE dashboard_apps (
  tenant_id   bigint NOT NULL REFERENCES tenants ON DELETE CASCADE,
  id          bigint NOT NULL,
  title       text NOT NULL,
  content     jsonb NOT NULL DEFAULT '[]',
  created_at  timestamptz NOT NULL DEFAULT now(),
  updated_at  timestamptz NOT NULL DEFAULT now(),
  created_by  text,
  modified_by text,
  version     bigint NOT NULL DEFAULT 1,
  PRIMARY KEY (tenant_id, id)
);
COMMENT ON COLUMN dashboard_apps.content IS '[{"type": "frame", "url": ...}]';
SELECT protect('dashboard_apps');

CREATE TABLE macros (
  tenant_id   bigint NOT NULL REFERENCES tenants ON DELETE CASCADE,
  id          bigint NOT NULL,
  name        text NOT NULL,
  visibility  text NOT NULL DEFAULT 'personal' CHECK (visibility IN ('personal', 'global')),
  actions     jsonb NOT NULL DEFAULT '[]',
  created_at  timestamptz NOT NULL DEFAULT now(),
  updated_at  timestamptz NOT NULL DEFAULT now(),
  created_by  text,
  modified_by text,
  version     bigint NOT NULL DEFAULT 1,
  PRIMARY KEY (tenant_id, id)
);
COMMENT ON COLUMN macros.actions IS '[{"action_name", "action_params"}]; created_by is whose it is';
SELECT protect('macros');

-- active_since: only what happened from then on is looked at.
CREATE TABLE automation_rules (
  tenant_id   bigint NOT NULL REFERENCES tenants ON DELETE CASCADE,
  id          bigint NOT NULL,
  name        text NOT NULL,
  description text,
  event_name  text NOT NULL CHECK (event_name IN
    ('conversation_created', 'conversation_updated', 'conversation_opened', 'conversation_resolved', 'message_created')),
  conditions  jsonb NOT NULL DEFAULT '[]',
  actions     jsonb NOT NULL DEFAULT '[]',
  active      boolean NOT NULL DEFAULT true,
  active_since timestamptz NOT NULL DEFAULT now(),
  created_at  timestamptz NOT NULL DEFAULT now(),
  updated_at  timestamptz NOT NULL DEFAULT now(),
  created_by  text,
  modified_by text,
  version     bigint NOT NULL DEFAULT 1,
  PRIMARY KEY (tenant_id, id)
);
COMMENT ON COLUMN automation_rules.conditions IS '[{"attribute_key", "filter_operator", "values", "query_operator"}]';
SELECT protect('automation_rules');

-- How far the rules have come in the tenant's events. It moves in the transaction that carries out what the rules say.
CREATE TABLE automation_progress (
  tenant_id   bigint PRIMARY KEY REFERENCES tenants ON DELETE CASCADE,
  position    bigint NOT NULL
);
SELECT protect('automation_progress');

-- Which rule caused an event: set for a transaction by the engine, so that what a rule does sets off no rule.
ALTER TABLE events ADD COLUMN rule_id bigint DEFAULT nullif(current_setting('parley.rule_id', true), '')::bigint;

-- Which tenants have events that their rules have not looked at; tells ids and nothing else.
CREATE FUNCTION tenants_with_rules_to_run() RETURNS TABLE (tenant bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT h.tenant_id FROM event_heads h LEFT JOIN automation_progress p ON p.tenant_id = h.tenant_id
  WHERE h.position > coalesce(p.position, 0)
    AND EXISTS (SELECT FROM automation_rules r WHERE r.tenant_id = h.tenant_id AND r.active)
$$;

-- One change of many conversations or contacts, done a few at a time.
CREATE TABLE bulk_actions (
  tenant_id   bigint NOT NULL REFERENCES tenants ON DELETE CASCADE,
  id          bigint NOT NULL,
  type        text NOT NULL CHECK (type IN ('Conversation', 'Contact')),
  change      jsonb NOT NULL DEFAULT '{}',
  targets     bigint[] NOT NULL DEFAULT '{}',
  state       text NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'running', 'done')),
  seen        integer NOT NULL DEFAULT 0,
  done        integer NOT NULL DEFAULT 0,
  failed      integer NOT NULL DEFAULT 0,
  failures    jsonb NOT NULL DEFAULT '[]',
  finished_at timestamptz,
  created_at  timestamptz NOT NULL DEFAULT now(),
  updated_at  timestamptz NOT NULL DEFAULT now(),
  created_by  text,
  modified_by text,
  version     bigint NOT NULL DEFAULT 1,
  PRIMARY KEY (tenant_id, id)
);
CREATE INDEX bulk_actions_waiting ON bulk_actions (tenant_id, id) WHERE state <> 'done';
COMMENT ON COLUMN bulk_actions.targets IS 'conversation numbers or contact ids, in their order';
COMMENT ON COLUMN bulk_actions.failures IS '[{"id", "error"}], the first thousand';
SELECT protect('bulk_actions');

-- Which tenants have bulk actions to go on with; tells ids and nothing else.
CREATE FUNCTION tenants_with_bulk_actions() RETURNS TABLE (tenant bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT t.id FROM tenants t WHERE EXISTS (SELECT FROM bulk_actions b WHERE b.tenant_id = t.id AND b.state <> 'done')
$$;

ALTER TABLE custom_roles ADD COLUMN created_by text, ADD COLUMN modified_by text;

-- What an audit log tells of: who changed how the account is set up, and who deleted a conversation.
CREATE FUNCTION is_audited(kind text) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT kind = 'conversation.deleted' OR (split_part(kind, '.', 2) IN ('created', 'updated', 'deleted') AND split_part(kind, '.', 1) IN (
    'account', 'automation_rule', 'bot', 'custom_field', 'custom_role', 'dashboard_app', 'inbox', 'macro', 'sla_policy', 'tag', 'team',
    'tenant', 'user', 'webhook'))
$$;
CREATE INDEX events_audited ON events (tenant_id, id) WHERE is_audited(kind);

-- A policy's trackers by how they stand, and the conversations that it applies to.
CREATE INDEX sla_trackers_status ON sla_trackers (tenant_id, status, id);
CREATE INDEX sla_trackers_policy ON sla_trackers (tenant_id, sla_policy_id);
CREATE INDEX conversations_sla_policy ON conversations (tenant_id, sla_policy_id) WHERE sla_policy_id IS NOT NULL;
