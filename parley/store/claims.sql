-- tenants_with_deliveries: which tenants have deliveries that may be tried now
SELECT w.tenant FROM tenants_with_deliveries(now()) w

-- claim: what is due, the first of each lane, so many of each endpoint, each with its attempt begun; others that ask get others
WITH due AS MATERIALIZED (
  SELECT one.id, w.url FROM unnest($2::text[], $3::bigint[], $4::bigint[], $5::text[], $6::boolean[]) AS w (kind, id, room, url, only_verify)
  CROSS JOIN LATERAL (
    SELECT d.id FROM deliveries d
    WHERE d.tenant_id = $1 AND d.endpoint_kind = w.kind AND d.endpoint_id = w.id AND d.state IN ('pending', 'sending') AND d.due_at <= now()
      AND (NOT w.only_verify OR d.event_type = 'verify')
      -- Not as a join: before the table is first analysed the planner would read all of an endpoint's deliveries for each.
      AND d.id = (
        SELECT e.id FROM deliveries e
        WHERE e.tenant_id = $1 AND e.endpoint_kind = d.endpoint_kind AND e.endpoint_id = d.endpoint_id AND e.lane = d.lane
          AND e.state IN ('pending', 'sending')
        ORDER BY e.id LIMIT 1)
    ORDER BY d.due_at, d.id LIMIT w.room FOR UPDATE SKIP LOCKED
  ) one
), claimed AS (
  UPDATE deliveries d SET state = 'sending', attempts = d.attempts + 1, due_at = now() + $7::float8 * interval '1 second',
    url = coalesce((SELECT due.url FROM due WHERE due.id = d.id), d.url)
  WHERE d.tenant_id = $1 AND d.id = ANY (ARRAY(SELECT due.id FROM due))
  RETURNING d.id, d.attempts, d.failures, d.endpoint_kind, d.endpoint_id, d.wire, d.url, d.event_id, d.event_type, d.message_key, d.body
), begun AS (
  INSERT INTO delivery_attempts (tenant_id, delivery_id, number, started_at) SELECT $1, c.id, c.attempts, clock_timestamp() FROM claimed c
)
SELECT c.id, c.attempts AS attempt, c.failures, c.endpoint_kind, c.endpoint_id, c.wire, c.url, c.event_id, c.event_type, c.message_key, c.body
FROM claimed c ORDER BY c.id

-- end_attempts: what was answered; also where the claim was lost meanwhile, since it was sent
UPDATE delivery_attempts a SET finished_at = clock_timestamp(), request_headers = r.headers::jsonb, status = r.status,
  latency_ms = r.latency_ms, answer = r.answer, error = r.error
FROM unnest($2::bigint[], $3::integer[], $4::text[], $5::integer[], $6::float8[], $7::text[], $8::text[])
  AS r (id, number, headers, status, latency_ms, answer, error)
WHERE a.tenant_id = $1 AND a.delivery_id = ANY ($2) AND a.delivery_id = r.id AND a.number = r.number AND a.finished_at IS NULL

-- end_claims: how claimed deliveries go on; a claim that somebody else has by now changes nothing; the ids of the others
-- State is not compared with sending, or the planner would go through all that is open instead of by id.
UPDATE deliveries d SET state = r.state, due_at = now() + r.wait_s * interval '1 second', failures = r.failures, reason = r.reason,
  finished_at = CASE WHEN r.state IN ('delivered', 'failed') THEN clock_timestamp() END
FROM unnest($2::bigint[], $3::integer[], $4::text[], $5::float8[], $6::integer[], $7::text[]) AS r (id, number, state, wait_s, failures, reason)
WHERE d.tenant_id = $1 AND d.id = ANY ($2) AND d.id = r.id AND d.attempts = r.number AND d.state NOT IN ('pending', 'delivered', 'failed')
RETURNING d.id

-- close: what was to be sent to an endpoint fails, but for verify requests unless $5; with $6 only what was made so many seconds ago
UPDATE deliveries d SET state = 'failed', finished_at = clock_timestamp(), reason = $4
WHERE d.tenant_id = $1 AND d.endpoint_kind = $2 AND d.endpoint_id = $3 AND d.state IN ('pending', 'sending')
  AND (d.state = 'pending' OR d.due_at <= now()) AND (d.event_type <> 'verify' OR $5::boolean)
  AND ($6::float8 IS NULL OR d.created_at < now() - $6::float8 * interval '1 second')
RETURNING d.event_id, d.event_type

-- get_event_messages: the messages that events speak of
SELECT e.message_id FROM events e WHERE e.tenant_id = $1 AND e.id = ANY ($2::bigint[]) AND e.message_id IS NOT NULL ORDER BY e.id
