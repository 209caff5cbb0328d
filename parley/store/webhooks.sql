-- lock_webhook: one webhook of a wire, held until the transaction ends
SELECT n.id, n.url, n.event_types, n.headers, n.secret, n.status, n.verified_at, n.created_at, n.updated_at, n.created_by, n.modified_by,
  n.name, n.inbox_id
FROM webhooks n WHERE n.tenant_id = $1 AND n.id = $2 AND n.wire = $3 FOR UPDATE
