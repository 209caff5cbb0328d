-- Where events are delivered to, what is sent there, and each attempt.

-- How far a tenant's events have been made into deliveries; it moves in the transaction that writes them.
CREATE TABLE delivery_heads (
  tenant_id  bigint PRIMARY KEY REFERENCES tenants ON DELETE CASCADE,
  position   bigint NOT NULL
);
INSERT INTO delivery_heads (tenant_id, position) SELECT h.tenant_id, h.position FROM event_heads h;
SELECT protect('delivery_heads');

-- Which tenants have events that are no deliveries yet; tells ids and nothing else.
CREATE FUNCTION tenants_to_fan_out() RETURNS TABLE (tenant bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT h.tenant_id FROM event_heads h LEFT JOIN delivery_heads d ON d.tenant_id = h.tenant_id
  WHERE h.position > coalesce(d.position, 0)
$$;

-- How an endpoint is doing. One without a row has never failed.
CREATE TABLE endpoints (
  tenant_id     bigint NOT NULL REFERENCES tenants ON DELETE CASCADE,
  kind          text NOT NULL CHECK (kind IN ('webhook', 'inbox', 'bot', 'rule', 'macro')),
  id            bigint NOT NULL,
  failures      integer NOT NULL DEFAULT 0,
  failing_since timestamptz,
  paused_until  timestamptz,
  pauses        integer NOT NULL DEFAULT 0,
  disabled_at   timestamptz,
  last_error    text,
  updated_at    timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, kind, id)
);
COMMENT ON COLUMN endpoints.kind IS 'whose URL it is: a webhook''s, an inbox''s, a bot''s, one that a rule or a macro names';
COMMENT ON COLUMN endpoints.failures IS 'in a row';
COMMENT ON COLUMN endpoints.paused_until IS 'it kept failing: until then nothing is sent, then one delivery tries';
COMMENT ON COLUMN endpoints.pauses IS 'in a row: each is longer than the one before';
COMMENT ON COLUMN endpoints.disabled_at IS 'it answered 410: nothing is sent until somebody makes it active again';
SELECT protect('endpoints');

-- One body for one endpoint. Retries send the same bytes under the same id.
CREATE SEQUENCE delivery_ids;
GRANT USAGE ON SEQUENCE delivery_ids TO parley_app;
CREATE TABLE deliveries (
  tenant_id     bigint NOT NULL REFERENCES tenants ON DELETE CASCADE,
  id            bigint NOT NULL DEFAULT nextval('delivery_ids'),
  endpoint_kind text NOT NULL,
  endpoint_id   bigint NOT NULL,
  wire          text NOT NULL CHECK (wire IN ('devrev', 'chatwoot')),
  url           text NOT NULL,
  event_id      bigint,
  event_type    text NOT NULL,
  message_key   text NOT NULL,
  lane          text NOT NULL,
  body          text NOT NULL,
  state         text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'sending', 'delivered', 'failed')),
  attempts      integer NOT NULL DEFAULT 0,
  failures      integer NOT NULL DEFAULT 0,
  due_at        timestamptz NOT NULL,
  created_at    timestamptz NOT NULL,
  finished_at   timestamptz,
  reason        text
);
COMMENT ON COLUMN deliveries.event_id IS 'null for a test';
COMMENT ON COLUMN deliveries.event_type IS 'as the wire calls it';
COMMENT ON COLUMN deliveries.message_key IS 'the stable id that the receiver sees (webhook-id)';
COMMENT ON COLUMN deliveries.lane IS 'what it is kept in order with, at one endpoint: conversation:5, contact:7 ...';
COMMENT ON COLUMN deliveries.attempts IS 'requests begun, those that were cut off too; a claim is named by it';
COMMENT ON COLUMN deliveries.failures IS 'since it was made or last sent again by hand: where it is in the schedule of retries';
COMMENT ON COLUMN deliveries.reason IS 'why it failed for good';
COMMENT ON COLUMN deliveries.due_at IS 'pending: when it may be tried; sending: when whoever sends it is thought to be gone';
CREATE UNIQUE INDEX deliveries_event ON deliveries (tenant_id, endpoint_kind, endpoint_id, event_id, event_type) WHERE event_id IS NOT NULL;
CREATE INDEX deliveries_open_lane ON deliveries (tenant_id, endpoint_kind, endpoint_id, lane, id) WHERE state IN ('pending', 'sending');
CREATE INDEX deliveries_due ON deliveries (tenant_id, endpoint_kind, endpoint_id, due_at, id) WHERE state IN ('pending', 'sending');
CREATE INDEX deliveries_log ON deliveries (tenant_id, endpoint_kind, endpoint_id, id);
-- After the others: of indexes that cost the same, as all do while the table is small, the planner takes the last one for
-- statements that name an id, and keeps that plan.
ALTER TABLE deliveries ADD PRIMARY KEY (tenant_id, id);
SELECT protect('deliveries');

-- One row per request that was begun. Without an end it was cut off: by a kill, or it is under way.
CREATE TABLE delivery_attempts (
  tenant_id       bigint NOT NULL,
  delivery_id     bigint NOT NULL,
  number          integer NOT NULL,
  started_at      timestamptz NOT NULL,
  finished_at     timestamptz,
  request_headers jsonb NOT NULL DEFAULT '{}',
  status          integer,
  latency_ms      double precision,
  answer          text,
  error           text,
  PRIMARY KEY (tenant_id, delivery_id, number),
  FOREIGN KEY (tenant_id, delivery_id) REFERENCES deliveries ON DELETE CASCADE
);
COMMENT ON COLUMN delivery_attempts.request_headers IS 'without what is secret in them';
COMMENT ON COLUMN delivery_attempts.answer IS 'the first 1,024 bytes';
COMMENT ON COLUMN delivery_attempts.error IS 'what went wrong, in words; null where an answer came that counts as delivered';
SELECT protect('delivery_attempts');

-- Which tenants have deliveries that may be tried now; tells ids and nothing else.
CREATE FUNCTION tenants_with_deliveries(due timestamptz) RETURNS TABLE (tenant bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT t.id FROM tenants t
  WHERE EXISTS (SELECT FROM deliveries d WHERE d.tenant_id = t.id AND d.state IN ('pending', 'sending') AND d.due_at <= due)
$$;

-- During a rotation a delivery is signed with both.
ALTER TABLE webhooks
  ADD COLUMN previous_secret bytea,
  ADD COLUMN previous_secret_until timestamptz,
  ADD COLUMN challenge text,
  ADD COLUMN challenge_until timestamptz;
COMMENT ON COLUMN webhooks.challenge IS 'what the endpoint has to answer, sent in a verify request that ends at challenge_until';

-- Events are kept for a time: feeds begin above this position, and the doctor does not look for what was below it.
ALTER TABLE event_heads ADD COLUMN kept_after bigint NOT NULL DEFAULT 0;
COMMENT ON COLUMN event_heads.kept_after IS 'events up to this position may be gone';

-- Which tenants have deliveries that ended before this, among their thousand oldest; tells ids and nothing else.
CREATE FUNCTION tenants_with_old_deliveries(before timestamptz) RETURNS TABLE (tenant bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT t.id FROM tenants t
  WHERE EXISTS (
    SELECT FROM (SELECT d.finished_at FROM deliveries d WHERE d.tenant_id = t.id ORDER BY d.id LIMIT 1000) oldest
    WHERE oldest.finished_at < before)
$$;
