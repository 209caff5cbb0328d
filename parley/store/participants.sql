-- list_with_access: which of these users may see an inbox: its members and the administrators
SELECT u.user_id FROM memberships u
WHERE u.tenant_id = $1 AND u.user_id = ANY ($3::bigint[]) AND u.left_at IS NULL
  AND (u.role = 'administrator'
       OR EXISTS (SELECT FROM inbox_members i WHERE i.tenant_id = $1 AND i.inbox_id = $2 AND i.user_id = u.user_id))

-- is_in_team: whether a user belongs to a team
SELECT EXISTS (SELECT FROM team_members m WHERE m.tenant_id = $1 AND m.team_id = $2 AND m.user_id = $3) AS is_in
