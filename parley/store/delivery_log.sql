-- list_webhooks: webhooks of both wires ($2 null) or one, with how their endpoints are doing
SELECT w.id, w.wire, w.name, w.url, w.status, w.event_types, w.inbox_id, w.verified_at, w.previous_secret_until, w.created_at, w.updated_at,
       coalesce(e.failures, 0) AS failures, e.failing_since, e.paused_until, e.disabled_at, e.last_error,
       (SELECT count(*) FROM deliveries d WHERE d.tenant_id = $1 AND d.endpoint_kind = 'webhook' AND d.endpoint_id = w.id
          AND d.state IN ('pending', 'sending')) AS waiting
FROM webhooks w LEFT JOIN endpoints e ON e.tenant_id = $1 AND e.kind = 'webhook' AND e.id = w.id
WHERE w.tenant_id = $1 AND ($2::bigint IS NULL OR w.id = $2) ORDER BY w.id

-- list_deliveries: deliveries from the newest on, each with how its last attempt ended
SELECT d.id, d.endpoint_kind, d.endpoint_id, d.wire, d.url, d.event_id, d.event_type, d.message_key, d.lane, d.state, d.attempts, d.reason,
       CASE WHEN d.state = 'pending' THEN d.due_at END AS next_at, d.created_at, d.finished_at, a.status AS last_status, a.error AS last_error
FROM deliveries d
LEFT JOIN delivery_attempts a ON a.tenant_id = $1 AND a.delivery_id = d.id AND a.number = d.attempts
WHERE d.tenant_id = $1 AND ($2::text IS NULL OR d.endpoint_kind = $2) AND ($3::bigint IS NULL OR d.endpoint_id = $3)
  AND ($4::text IS NULL OR d.state = $4) AND ($5::text IS NULL OR d.event_type = $5)
  AND ($6::timestamptz IS NULL OR d.created_at >= $6) AND ($7::timestamptz IS NULL OR d.created_at < $7)
  AND ($8::bigint IS NULL OR d.id < $8) AND ($9::bigint IS NULL OR d.id = $9)
ORDER BY d.id DESC LIMIT $10::bigint

-- get_body: what a delivery sends
SELECT d.body FROM deliveries d WHERE d.tenant_id = $1 AND d.id = $2

-- list_attempts: the requests of a delivery, the first one first
SELECT a.number, a.started_at, a.finished_at, a.request_headers, a.status, a.latency_ms, a.answer, a.error
FROM delivery_attempts a WHERE a.tenant_id = $1 AND a.delivery_id = $2 ORDER BY a.number

-- list_of_events: deliveries of events to a webhook, or with $3 null to anybody
SELECT d.id, d.endpoint_kind, d.endpoint_id, d.event_id, d.event_type, d.state FROM deliveries d
WHERE d.tenant_id = $1 AND d.event_id = ANY ($2::bigint[]) AND ($3::bigint IS NULL OR d.endpoint_kind = 'webhook' AND d.endpoint_id = $3)
ORDER BY d.id
