-- list_callbacks: where events of Chatwoot's wire go, with what each asks for; secrets are read when they are sent
SELECT 'webhook' AS kind, w.id, w.url, w.event_types, NULL::bigint[] AS inbox_ids, w.created_at
FROM webhooks w WHERE w.tenant_id = $1 AND w.wire = 'chatwoot' AND w.status = 'active'
UNION ALL
SELECT 'inbox', i.id, i.channel ->> 'webhook_url', NULL, ARRAY[i.id], i.created_at
FROM inboxes i WHERE i.tenant_id = $1 AND i.kind = 'api' AND i.deleted_at IS NULL AND i.channel ->> 'webhook_url' <> ''
UNION ALL
SELECT 'bot', b.id, b.outgoing_url, NULL,
       ARRAY(SELECT i.id FROM inboxes i WHERE i.tenant_id = $1 AND i.active_bot_id = b.id AND i.deleted_at IS NULL), b.created_at
FROM bots b WHERE b.tenant_id = $1 AND b.state = 'active' AND b.outgoing_url <> ''
ORDER BY kind DESC, id
