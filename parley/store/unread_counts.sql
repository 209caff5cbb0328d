-- count_unread: open conversations with unread messages that the caller may see: all, by inbox, by team and by label
WITH unread AS MATERIALIZED (
  SELECT c.number, c.inbox_id, c.team_id FROM conversations c
  WHERE c.tenant_id = $1 AND c.status = 'open' AND c.unread_count > 0 AND TRUE /* visible */
)
SELECT 'all' AS kind, 0::bigint AS id, count(*) AS counted FROM unread
UNION ALL SELECT 'inbox', u.inbox_id, count(*) FROM unread u GROUP BY u.inbox_id
UNION ALL SELECT 'team', u.team_id, count(*) FROM unread u WHERE u.team_id IS NOT NULL GROUP BY u.team_id
UNION ALL
SELECT 'label', t.id, count(*)
FROM unread u
JOIN conversation_tags l ON l.tenant_id = $1 AND l.conversation_number = u.number
JOIN tags t ON t.tenant_id = $1 AND t.id = l.tag_id AND t.is_label
GROUP BY t.id
ORDER BY kind, id
