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
