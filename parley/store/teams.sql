-- lock_team: a team for a change to its members, and whom it holds
SELECT t.member_type FROM teams t WHERE t.tenant_id = $1 AND t.id = $2 FOR NO KEY UPDATE

-- has_other_named: whether another team has this name, whatever its case
SELECT EXISTS (SELECT FROM teams t WHERE t.tenant_id = $1 AND lower(t.name) = lower($2) AND t.id <> $3) AS taken

-- insert_user: a user joins a team; no row for one who is in it
INSERT INTO team_members (tenant_id, team_id, user_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING

-- insert_contact: a contact joins a team, for one of their workspaces; no row for one who is in it
INSERT INTO team_contacts (tenant_id, team_id, contact_id, workspace_id) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING

-- delete_user: a user leaves a team
DELETE FROM team_members m WHERE m.tenant_id = $1 AND m.team_id = $2 AND m.user_id = $3

-- delete_contact: a contact leaves a team; workspace null: whatever it was for
DELETE FROM team_contacts m
WHERE m.tenant_id = $1 AND m.team_id = $2 AND m.contact_id = $3 AND ($4::bigint IS NULL OR m.workspace_id = $4)

-- count_people: how many members a team has, up to a threshold
SELECT count(*) AS counted FROM (SELECT FROM team_people p WHERE p.tenant_id = $1 AND p.team_id = $2 LIMIT $3::bigint) x

-- list_users: the users of a team by name, without those who left
SELECT m.user_id FROM team_members m JOIN memberships u ON u.tenant_id = $1 AND u.user_id = m.user_id
WHERE m.tenant_id = $1 AND m.team_id = $2 AND u.left_at IS NULL ORDER BY lower(u.name), u.user_id

-- insert_users: users join a team; those who were not in it
INSERT INTO team_members (tenant_id, team_id, user_id) SELECT $1, $2, x.id FROM unnest($3::bigint[]) AS x (id)
ON CONFLICT DO NOTHING RETURNING user_id

-- delete_users: users leave a team; those who were in it
DELETE FROM team_members m WHERE m.tenant_id = $1 AND m.team_id = $2 AND m.user_id = ANY ($3::bigint[]) RETURNING m.user_id

-- list_conversations: some of the conversations of a team, beyond a number
SELECT c.number FROM conversations c WHERE c.tenant_id = $1 AND c.team_id = $2 AND c.number > $3 ORDER BY c.number LIMIT $4::bigint

-- leave_conversations: none of these conversations is this team's any more
UPDATE conversations c SET team_id = NULL, version = c.version + 1
WHERE c.tenant_id = $1 AND c.team_id = $2 AND c.number = ANY ($3::bigint[])

-- is_selected: whether a service level names the team
SELECT EXISTS (SELECT FROM sla_references s WHERE s.tenant_id = $1 AND s.team_id = $2) AS selected

-- list_works: some of the works of a team, beyond an id
SELECT w.id FROM works w WHERE w.tenant_id = $1 AND w.team_id = $2 AND w.id > $3 ORDER BY w.id LIMIT $4::bigint

-- leave_works: none of these works is this team's any more
UPDATE works w SET team_id = NULL WHERE w.tenant_id = $1 AND w.team_id = $2 AND w.id = ANY ($3::bigint[])
