-- lock_inbox: an inbox for a change
SELECT i.id FROM inboxes i WHERE i.tenant_id = $1 AND i.id = $2 AND i.deleted_at IS NULL FOR NO KEY UPDATE

-- list_members: who works in an inbox, by name, without those who left
SELECT m.user_id FROM inbox_members m JOIN memberships u ON u.tenant_id = $1 AND u.user_id = m.user_id
WHERE m.tenant_id = $1 AND m.inbox_id = $2 AND u.left_at IS NULL ORDER BY lower(u.name), u.user_id

-- list_assignable: who works in all of these inboxes, and those who run the tenant, by name
SELECT u.user_id FROM memberships u
WHERE u.tenant_id = $1 AND u.left_at IS NULL AND u.state = 'active' AND (u.role = 'administrator' OR (
  SELECT count(*) FROM inbox_members m WHERE m.tenant_id = $1 AND m.user_id = u.user_id AND m.inbox_id = ANY ($2::bigint[])
) = cardinality($2::bigint[]))
ORDER BY lower(u.name), u.user_id

-- insert_members: users begin to work in an inbox; those who did not
INSERT INTO inbox_members (tenant_id, inbox_id, user_id) SELECT $1, $2, x.id FROM unnest($3::bigint[]) AS x (id)
ON CONFLICT DO NOTHING RETURNING user_id

-- delete_members: users work in an inbox no more; those who did
DELETE FROM inbox_members m WHERE m.tenant_id = $1 AND m.inbox_id = $2 AND m.user_id = ANY ($3::bigint[]) RETURNING m.user_id

-- clear_members: nobody works in an inbox any more
DELETE FROM inbox_members m WHERE m.tenant_id = $1 AND m.inbox_id = $2

-- drop_bot: a bot answers in no inbox any more
UPDATE inboxes i SET active_bot_id = NULL WHERE i.tenant_id = $1 AND i.active_bot_id = $2

-- tenants_with_deleted_inboxes: which tenants have inboxes to finish deleting
SELECT w.tenant AS tenant_id FROM tenants_with_deleted_inboxes() w

-- lock_deleted: an inbox to finish deleting that nobody else is at, and who deleted it
SELECT i.id, i.deleted_by FROM inboxes i WHERE i.tenant_id = $1 AND i.deleted_at IS NOT NULL ORDER BY i.id LIMIT 1 FOR UPDATE SKIP LOCKED

-- list_conversations: some conversations of an inbox; reads an index of the whole tenant, so it is not for every few
SELECT c.number FROM conversations c WHERE c.tenant_id = $1 AND c.inbox_id = $2 ORDER BY c.number LIMIT $3::bigint

-- lock_conversations: those of these conversations that are the inbox's
SELECT c.number FROM conversations c WHERE c.tenant_id = $1 AND c.inbox_id = $2 AND c.number = ANY ($3::bigint[]) ORDER BY c.number FOR UPDATE

-- lock_works: some works that came in by this inbox or run over it
SELECT w.id FROM works w
WHERE w.tenant_id = $1 AND w.id = ANY (ARRAY(
  (SELECT o.id FROM works o WHERE o.tenant_id = $1 AND o.inbox_id = $2 LIMIT $3::bigint)
  UNION (SELECT h.work_id FROM work_channels h WHERE h.tenant_id = $1 AND h.inbox_id = $2 LIMIT $3::bigint)
  LIMIT $3::bigint))
ORDER BY w.id FOR NO KEY UPDATE

-- leave_works: none of these works came in by this inbox any more
UPDATE works w SET inbox_id = NULL WHERE w.tenant_id = $1 AND w.inbox_id = $2 AND w.id = ANY ($3::bigint[])

-- leave_work_channels: none of these works runs over this inbox any more
DELETE FROM work_channels h WHERE h.tenant_id = $1 AND h.inbox_id = $2 AND h.work_id = ANY ($3::bigint[])

-- lock_reached: some conversations of other inboxes that run over this one too
SELECT c.number FROM conversations c
WHERE c.tenant_id = $1 AND c.number = ANY (ARRAY(
  SELECT h.conversation_number FROM conversation_channels h WHERE h.tenant_id = $1 AND h.inbox_id = $2 LIMIT $3::bigint))
ORDER BY c.number FOR NO KEY UPDATE

-- leave_conversation_channels: none of these conversations runs over this inbox any more
DELETE FROM conversation_channels h WHERE h.tenant_id = $1 AND h.inbox_id = $2 AND h.conversation_number = ANY ($3::bigint[])

-- delete_campaigns: an inbox's campaigns go with it
DELETE FROM campaigns c WHERE c.tenant_id = $1 AND c.inbox_id = $2 RETURNING c.id
