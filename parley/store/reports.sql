-- count_by_channel: conversations opened in a time by kind of inbox and status; null bounds are open
SELECT i.kind, c.status, count(*)
FROM conversations c JOIN inboxes i ON i.tenant_id = $1 AND i.id = c.inbox_id
WHERE c.tenant_id = $1 AND c.created_at >= coalesce($2::timestamptz, '-infinity') AND c.created_at < coalesce($3::timestamptz, 'infinity')
GROUP BY 1, 2 ORDER BY 1, 2

-- first_response_buckets: by kind of inbox, first answers in less than 1, 4, 8, 24 hours and later
SELECT i.kind, count(*) FILTER (WHERE e.value < 3600), count(*) FILTER (WHERE e.value >= 3600 AND e.value < 14400),
       count(*) FILTER (WHERE e.value >= 14400 AND e.value < 28800), count(*) FILTER (WHERE e.value >= 28800 AND e.value < 86400),
       count(*) FILTER (WHERE e.value >= 86400)
FROM reporting_events e JOIN inboxes i ON i.tenant_id = $1 AND i.id = e.inbox_id
WHERE e.tenant_id = $1 AND e.name = 'first_response'
  AND e.ended_at >= coalesce($2::timestamptz, '-infinity') AND e.ended_at < coalesce($3::timestamptz, 'infinity')
GROUP BY 1 ORDER BY 1

-- count_tagged: conversations opened in a time by inbox and tag
SELECT c.inbox_id, ct.tag_id, count(*)
FROM conversations c JOIN conversation_tags ct ON ct.tenant_id = $1 AND ct.conversation_number = c.number
WHERE c.tenant_id = $1 AND c.created_at >= coalesce($2::timestamptz, '-infinity') AND c.created_at < coalesce($3::timestamptz, 'infinity')
  AND c.inbox_id = ANY ($4::bigint[]) AND ct.tag_id = ANY ($5::bigint[])
GROUP BY 1, 2

-- bot_metrics: of a time and some inboxes (null: all): conversations, outgoing messages in them, resolved by a bot, handed over by one
WITH opened AS (
  SELECT c.number FROM conversations c
  WHERE c.tenant_id = $1 AND c.created_at >= coalesce($2::timestamptz, '-infinity') AND c.created_at < coalesce($3::timestamptz, 'infinity')
    AND ($4::bigint[] IS NULL OR c.inbox_id = ANY ($4))
), ended AS (
  SELECT e.name, e.conversation_number FROM reporting_events e
  WHERE e.tenant_id = $1 AND e.name = ANY ('{conversation_bot_resolved,conversation_bot_handoff}')
    AND e.ended_at >= coalesce($2::timestamptz, '-infinity') AND e.ended_at < coalesce($3::timestamptz, 'infinity')
    AND ($4::bigint[] IS NULL OR e.inbox_id = ANY ($4))
)
SELECT (SELECT count(*) FROM opened),
       (SELECT count(*) FROM opened o JOIN messages m ON m.tenant_id = $1 AND m.conversation_number = o.number
        WHERE m.kind = 'outgoing' AND m.created_at >= coalesce($2::timestamptz, '-infinity')
          AND m.created_at < coalesce($3::timestamptz, 'infinity')),
       (SELECT count(DISTINCT conversation_number) FROM ended WHERE name = 'conversation_bot_resolved'),
       (SELECT count(DISTINCT conversation_number) FROM ended WHERE name = 'conversation_bot_handoff')

-- live: conversations as they stand: open, unattended, unassigned, pending; team null: of the whole tenant
SELECT count(*) FILTER (WHERE c.status = 'open'),
       count(*) FILTER (WHERE c.status = 'open' AND (c.first_reply_at IS NULL OR c.waiting_since IS NOT NULL)),
       count(*) FILTER (WHERE c.status = 'open' AND c.assignee_user_id IS NULL), count(*) FILTER (WHERE c.status = 'pending')
FROM conversations c
WHERE c.tenant_id = $1 AND c.status = ANY ('{open,pending}') AND ($2::bigint IS NULL OR c.team_id = $2)

-- live_by_agent: the same by assignee
SELECT c.assignee_user_id, count(*) FILTER (WHERE c.status = 'open'),
       count(*) FILTER (WHERE c.status = 'open' AND (c.first_reply_at IS NULL OR c.waiting_since IS NOT NULL)),
       count(*) FILTER (WHERE c.status = 'open' AND c.assignee_user_id IS NULL), count(*) FILTER (WHERE c.status = 'pending')
FROM conversations c WHERE c.tenant_id = $1 AND c.status = ANY ('{open,pending}') GROUP BY 1 ORDER BY 1

-- live_by_team: the same by team
SELECT c.team_id, count(*) FILTER (WHERE c.status = 'open'),
       count(*) FILTER (WHERE c.status = 'open' AND (c.first_reply_at IS NULL OR c.waiting_since IS NOT NULL)),
       count(*) FILTER (WHERE c.status = 'open' AND c.assignee_user_id IS NULL), count(*) FILTER (WHERE c.status = 'pending')
FROM conversations c WHERE c.tenant_id = $1 AND c.status = ANY ('{open,pending}') GROUP BY 1 ORDER BY 1

-- backfill: first answers and ends of conversations that came with them and have no reporting event of that name
WITH written AS (
  INSERT INTO reporting_events (tenant_id, name, value, value_in_business_hours, started_at, ended_at, conversation_number, inbox_id, user_id)
  SELECT c.tenant_id, e.name, greatest(extract(epoch FROM e.at - c.created_at), 0),
         business_seconds(c.tenant_id, c.inbox_id, c.created_at, e.at), c.created_at, greatest(e.at, c.created_at), c.number, c.inbox_id,
         c.assignee_user_id
  FROM conversations c
  CROSS JOIN LATERAL (VALUES ('first_response', c.first_reply_at),
                             ('conversation_resolved', CASE WHEN c.status = 'resolved' THEN coalesce(c.closed_at, c.modified_at) END)) AS e(name, at)
  WHERE c.tenant_id = $1 AND e.at IS NOT NULL
    AND NOT EXISTS (SELECT FROM reporting_events r WHERE r.tenant_id = $1 AND r.conversation_number = c.number AND r.name = e.name)
  ORDER BY c.number, e.name
  RETURNING 1
)
SELECT count(*) FROM written

-- list_agents: the numbers and names of who belongs to the tenant
SELECT u.user_id, u.name FROM memberships u WHERE u.tenant_id = $1 AND u.left_at IS NULL ORDER BY u.user_id

-- list_inboxes: their numbers and names
SELECT i.id, i.name FROM inboxes i WHERE i.tenant_id = $1 ORDER BY i.id

-- list_teams: their numbers and names
SELECT t.id, t.name FROM teams t WHERE t.tenant_id = $1 ORDER BY t.id

-- list_tags: numbers and names of those that are labels
SELECT g.id, g.name FROM tags g WHERE g.tenant_id = $1 AND g.is_label ORDER BY g.id
