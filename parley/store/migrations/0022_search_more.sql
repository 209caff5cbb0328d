-- Custom filters: conditions that a user keeps by a name, and an index for the one attribute of filters that had none.
CREATE TABLE custom_filters (
  tenant_id   bigint NOT NULL REFERENCES tenants ON DELETE CASCADE,
  id          bigint NOT NULL,
  user_id     bigint NOT NULL,
  name        text NOT NULL,
  filter_type text NOT NULL DEFAULT 'conversation' CHECK (filter_type IN ('conversation', 'contact', 'report')),
  query       jsonb NOT NULL DEFAULT '{}',
  created_at  timestamptz NOT NULL DEFAULT now(),
  updated_at  timestamptz NOT NULL DEFAULT now(),
  created_by  text,
  modified_by text,
  version     bigint NOT NULL DEFAULT 1,
  PRIMARY KEY (tenant_id, id)
);
COMMENT ON COLUMN custom_filters.query IS 'as the client sent it; nobody else reads it';
CREATE INDEX custom_filters_user ON custom_filters (tenant_id, user_id, filter_type, id);
SELECT protect('custom_filters');

CREATE INDEX conversations_campaign ON conversations (tenant_id, campaign_id, last_activity_at, number) WHERE campaign_id IS NOT NULL;
