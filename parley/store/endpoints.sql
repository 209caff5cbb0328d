-- list_open: endpoints that something may be sent to now, how they are, and what it is signed with
WITH RECURSIVE open AS (
  (SELECT d.endpoint_kind AS kind, d.endpoint_id AS id, d.due_at FROM deliveries d
   WHERE d.tenant_id = $1 AND d.state IN ('pending', 'sending')
   ORDER BY d.endpoint_kind, d.endpoint_id, d.due_at LIMIT 1)
  UNION ALL
  SELECT n.kind, n.id, n.due_at FROM open o CROSS JOIN LATERAL (
    SELECT d.endpoint_kind AS kind, d.endpoint_id AS id, d.due_at FROM deliveries d
    WHERE d.tenant_id = $1 AND d.state IN ('pending', 'sending') AND (d.endpoint_kind, d.endpoint_id) > (o.kind, o.id)
    ORDER BY d.endpoint_kind, d.endpoint_id, d.due_at LIMIT 1) n
), owned AS (
  SELECT o.kind, o.id,
    CASE o.kind
      WHEN 'webhook' THEN coalesce(w.status, 'gone')
      WHEN 'inbox' THEN CASE WHEN i.deleted_at IS NULL AND i.channel->>'webhook_url' <> '' THEN 'active' ELSE 'gone' END
      WHEN 'bot' THEN CASE WHEN b.state = 'active' AND b.outgoing_url <> '' THEN 'active' ELSE 'gone' END
      ELSE 'active'
    END AS standing,
    CASE o.kind WHEN 'webhook' THEN w.url WHEN 'inbox' THEN i.channel->>'webhook_url' WHEN 'bot' THEN b.outgoing_url END AS url,
    CASE o.kind
      WHEN 'webhook' THEN w.secret
      WHEN 'inbox' THEN convert_to(i.webhook_secret, 'UTF8')
      WHEN 'bot' THEN convert_to(b.secret, 'UTF8')
    END AS secret,
    CASE WHEN w.previous_secret_until > now() THEN w.previous_secret END AS previous_secret,
    coalesce(w.headers, '[]') AS headers,
    coalesce(w.updated_at, i.updated_at, b.updated_at, '-infinity') AS changed_at
  FROM open o
  LEFT JOIN webhooks w ON w.tenant_id = $1 AND w.id = o.id AND o.kind = 'webhook'
  LEFT JOIN inboxes i ON i.tenant_id = $1 AND i.id = o.id AND o.kind = 'inbox'
  LEFT JOIN bots b ON b.tenant_id = $1 AND b.id = o.id AND o.kind = 'bot'
  WHERE o.due_at <= now()
)
SELECT o.kind, o.id, CASE WHEN e.disabled_at IS NOT NULL THEN 'disabled' ELSE o.standing END AS standing, o.url, o.secret,
  o.previous_secret, o.headers, coalesce(e.failures, 0) AS failures, e.paused_until IS NOT NULL AS is_probed,
  coalesce(e.paused_until > now(), false) AS is_paused
FROM owned o
-- Whoever changes the webhook, the inbox or the bot may have mended it: how it was before no longer counts.
LEFT JOIN endpoints e ON e.tenant_id = $1 AND e.kind = o.kind AND e.id = o.id AND e.updated_at >= o.changed_at

-- begin_probes: paused endpoints whose pause is over, for whoever asks first: the others find them paused for so many seconds
UPDATE endpoints e SET paused_until = now() + $4::float8 * interval '1 second'
FROM unnest($2::text[], $3::bigint[]) AS p (kind, id)
WHERE e.tenant_id = $1 AND e.kind = p.kind AND e.id = p.id AND e.paused_until <= now()
RETURNING e.kind, e.id

-- insert_health: endpoints that may fail for the first time
INSERT INTO endpoints (tenant_id, kind, id)
SELECT $1, p.kind, p.id FROM unnest($2::text[], $3::bigint[]) AS p (kind, id) ORDER BY p.kind, p.id ON CONFLICT DO NOTHING

-- lock_health: how endpoints are doing, held until the transaction ends
SELECT e.kind, e.id, e.failures, e.pauses, extract(epoch FROM e.paused_until - now())::float8 AS pause_s, e.last_error
FROM endpoints e
WHERE e.tenant_id = $1 AND (e.kind, e.id) IN (SELECT p.kind, p.id FROM unnest($2::text[], $3::bigint[]) AS p (kind, id))
ORDER BY e.kind, e.id FOR UPDATE

-- update_health: how they are doing now; one that is disabled stays so
UPDATE endpoints e SET failures = h.failures, pauses = h.pauses, paused_until = now() + h.pause_s * interval '1 second',
  last_error = h.last_error, failing_since = CASE WHEN h.failures > 0 THEN coalesce(e.failing_since, now()) END,
  disabled_at = CASE WHEN h.is_disabled THEN now() ELSE e.disabled_at END, updated_at = clock_timestamp()
FROM unnest($2::text[], $3::bigint[], $4::integer[], $5::integer[], $6::float8[], $7::text[], $8::boolean[])
  AS h (kind, id, failures, pauses, pause_s, last_error, is_disabled)
WHERE e.tenant_id = $1 AND e.kind = h.kind AND e.id = h.id

-- touch: what is known of its health is newer than what was changed about it
UPDATE endpoints e SET updated_at = clock_timestamp() WHERE e.tenant_id = $1 AND e.kind = $2 AND e.id = $3

-- forget_health: an endpoint counts as one that has never failed
DELETE FROM endpoints e WHERE e.tenant_id = $1 AND e.kind = $2 AND e.id = $3

-- end_pause: one delivery may try at once
UPDATE endpoints e SET paused_until = now() WHERE e.tenant_id = $1 AND e.kind = $2 AND e.id = $3 AND e.paused_until > now()

-- is_disabled: whether it answered that it is gone
SELECT EXISTS (SELECT FROM endpoints e WHERE e.tenant_id = $1 AND e.kind = $2 AND e.id = $3 AND e.disabled_at IS NOT NULL) AS is_disabled

-- find_wire: which wire a webhook speaks
SELECT n.wire FROM webhooks n WHERE n.tenant_id = $1 AND n.id = $2
