-- lock_roll_up: whether this transaction is now the only one that rolls up the tenant
SELECT pg_try_advisory_xact_lock(hashtextextended('parley.tallies', $1)) AS locked

-- roll_up: the deltas of a tenant become their sums; deltas committed meanwhile stay for the next time
WITH gone AS (
  DELETE FROM conversation_tallies t WHERE t.tenant_id = $1
  RETURNING t.status, t.inbox_id, t.team_id, t.assignee_user_id, t.delta
)
INSERT INTO conversation_tallies (tenant_id, status, inbox_id, team_id, assignee_user_id, delta)
SELECT $1, g.status, g.inbox_id, g.team_id, g.assignee_user_id, sum(g.delta)
FROM gone g GROUP BY g.status, g.inbox_id, g.team_id, g.assignee_user_id HAVING sum(g.delta) <> 0

-- tally_sizes: how many tally rows each tenant has
SELECT s.tenant, s.total FROM tally_sizes() s
