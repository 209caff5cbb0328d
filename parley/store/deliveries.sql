-- tenants_to_fan_out: which tenants have events that are no deliveries yet
SELECT f.tenant FROM tenants_to_fan_out() f

-- insert_head: a tenant that is seen for the first time
INSERT INTO delivery_heads (tenant_id, position) VALUES ($1, 0) ON CONFLICT (tenant_id) DO NOTHING

-- lock_head: how far the tenant's events are deliveries, held until the transaction ends; no row while another worker holds it
SELECT h.position FROM delivery_heads h WHERE h.tenant_id = $1 FOR UPDATE SKIP LOCKED

-- set_head: how far they are now
UPDATE delivery_heads h SET position = $2 WHERE h.tenant_id = $1

-- insert_deliveries: one body for one endpoint each, in their order; what is there already stays; the ids of the new ones
INSERT INTO deliveries (tenant_id, endpoint_kind, endpoint_id, wire, url, event_id, event_type, message_key, lane, body, due_at, created_at)
SELECT $1, t.kind, t.endpoint_id, t.wire, t.url, t.event_id, t.event_type, t.message_key, t.lane, t.body, now(), now()
FROM unnest($2::text[], $3::bigint[], $4::text[], $5::text[], $6::bigint[], $7::text[], $8::text[], $9::text[], $10::text[])
  WITH ORDINALITY AS t (kind, endpoint_id, wire, url, event_id, event_type, message_key, lane, body, place)
ORDER BY t.place
ON CONFLICT DO NOTHING
RETURNING id

-- announce: tells every process that sends that this tenant has something to send, when the transaction commits
SELECT pg_notify('parley_deliveries', $1)

-- lock_delivery: one delivery, held until the transaction ends
SELECT d.id, d.endpoint_kind, d.endpoint_id, d.event_type, d.state
FROM deliveries d WHERE d.tenant_id = $1 AND d.id = $2 FOR UPDATE

-- send_again: deliveries as if they were new, but for their ids; those under way are left
UPDATE deliveries d SET state = 'pending', due_at = now(), failures = 0, finished_at = NULL, reason = NULL
WHERE d.tenant_id = $1 AND d.state <> 'sending' AND d.event_type <> 'verify'
  AND ($2::bigint[] IS NULL OR d.id = ANY ($2)) AND ($3::text IS NULL OR d.endpoint_kind = $3) AND ($4::bigint IS NULL OR d.endpoint_id = $4)
  AND ($5::text IS NULL OR d.state = $5) AND ($6::timestamptz IS NULL OR d.created_at >= $6)
  AND ($7::timestamptz IS NULL OR d.created_at < $7) AND ($8::text[] IS NULL OR d.event_type = ANY ($8))

-- next_id: the id of a delivery that is not of an event, so that its message can carry it
SELECT nextval('delivery_ids')

-- insert_trial: a delivery that is of no event
INSERT INTO deliveries (tenant_id, id, endpoint_kind, endpoint_id, wire, url, event_type, message_key, lane, body, due_at, created_at)
VALUES ($1, $2, 'webhook', $3, $4, $5, $6, $7, $8, $9, now(), now())

-- tenants_with_old_deliveries: which tenants have deliveries that ended so long ago, among their oldest
SELECT o.tenant FROM tenants_with_old_deliveries($1) o

-- delete_old: up to $3 deliveries that ended before $2, with their attempts
DELETE FROM deliveries d
WHERE d.tenant_id = $1 AND d.finished_at < $2 AND d.id = ANY (ARRAY(
  SELECT o.id FROM deliveries o WHERE o.tenant_id = $1 ORDER BY o.id LIMIT $3::bigint))
