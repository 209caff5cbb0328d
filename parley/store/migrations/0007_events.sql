-- Events: written in the action's transaction, numbered after commit.
-- Numbers taken before commit do not order commits, so feeds read by position only (design.md, 4).

CREATE SEQUENCE event_ids;

CREATE TABLE events (
  tenant_id  bigint NOT NULL REFERENCES tenants ON DELETE CASCADE,
  id         bigint NOT NULL DEFAULT nextval('event_ids'),
  position   bigint,
  kind       text NOT NULL,
  conversation_number bigint,
  message_id bigint,
  actor_kind text NOT NULL,
  actor_id   bigint,
  data       jsonb NOT NULL DEFAULT '{}',
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX events_position ON events (tenant_id, position) WHERE position IS NOT NULL;
CREATE INDEX events_unsequenced ON events (tenant_id, id) WHERE position IS NULL;

CREATE TABLE event_heads (
  tenant_id  bigint PRIMARY KEY REFERENCES tenants ON DELETE CASCADE,
  position   bigint NOT NULL
);

-- One row per deleted thing, in the deleting transaction. Numbers are never reused.
CREATE TABLE tombstones (
  tenant_id  bigint NOT NULL REFERENCES tenants ON DELETE CASCADE,
  noun       text NOT NULL,
  id         bigint NOT NULL,
  event_id   bigint NOT NULL,
  deleted_by_kind text NOT NULL,
  deleted_by_id bigint,
  deleted_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, noun, id)
);
COMMENT ON COLUMN tombstones.event_id IS 'its event carries the position';
