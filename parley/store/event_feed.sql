-- get_edges: the newest position of the tenant, and the one up to which events may be gone
SELECT h.position AS head, h.kept_after FROM event_heads h WHERE h.tenant_id = $1

-- find_position_before: the position before the first event that happened from $2 on; the newest where there is none
SELECT coalesce(min(e.position) - 1, (SELECT h.position FROM event_heads h WHERE h.tenant_id = $1), 0) AS position
FROM events e WHERE e.tenant_id = $1 AND e.position IS NOT NULL AND e.created_at >= $2

-- see_events: events ($2 their conversations, $3 their entries, $4 whether the entry is what they tell of) that the caller may see, with both as they are now
SELECT e.place,
       k.number, k.title, k.status, s.name AS stage, k.priority, k.inbox_id, k.contact_id, k.team_id, k.company_id,
       k.assignee_user_id, k.assignee_bot_id, k.is_spam, k.unread_count, k.snoozed_until, k.created_at, k.modified_at, k.last_activity_at,
       k.closed_at,
       ARRAY(SELECT g.name FROM conversation_tags ct JOIN tags g ON g.tenant_id = $1 AND g.id = ct.tag_id
             WHERE ct.tenant_id = $1 AND ct.conversation_number = k.number ORDER BY ct.position) AS tags,
       m.id, m.conversation_number, m.kind, m.visibility, m.author_kind, m.author_id, CASE WHEN m.deleted_at IS NULL THEN m.body END AS body,
       m.body_type, m.content_type, m.status AS delivery, m.thread_id, m.external_ref, m.labels, m.attachment_count, m.deleted_at,
       m.created_at AS said_at, m.updated_at
FROM unnest($2::bigint[], $3::bigint[], $4::boolean[]) WITH ORDINALITY AS e (number, message_id, tells_entry, place)
LEFT JOIN conversations k ON k.tenant_id = $1 AND k.number = e.number
LEFT JOIN stages s ON s.tenant_id = $1 AND s.id = k.stage_id
LEFT JOIN tombstones t ON t.tenant_id = $1 AND t.noun = 'conversation' AND t.id = e.number AND k.number IS NULL
LEFT JOIN events d ON d.tenant_id = $1 AND d.id = t.event_id
CROSS JOIN LATERAL (
  SELECT e.number, coalesce(k.inbox_id, (d.data ->> 'inbox_id')::bigint) AS inbox_id, coalesce(k.team_id, (d.data ->> 'team_id')::bigint) AS team_id,
         coalesce(k.assignee_user_id, (d.data ->> 'assignee_user_id')::bigint) AS assignee_user_id,
         coalesce(k.contact_id, (d.data ->> 'contact_id')::bigint) AS contact_id, d.data -> 'members' AS members
) c
LEFT JOIN messages m ON m.tenant_id = $1 AND m.id = e.message_id AND (m.expires_at IS NULL OR m.expires_at > now())
WHERE (e.number IS NULL OR TRUE /* visible */)
  AND (NOT e.tells_entry OR CASE WHEN m.id IS NULL THEN TRUE /* all */ ELSE TRUE /* entries */ END)
ORDER BY e.place
