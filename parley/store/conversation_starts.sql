-- get_contact: what decides how a contact is reached, held so that it stays: before any id is taken, as whoever changes it does
SELECT c.id, c.email, c.phone_number, c.blocked FROM contacts c WHERE c.tenant_id = $1 AND c.id = $2 AND c.state <> 'deleted' FOR KEY SHARE

-- find_point: the first contact point with this source id, in one inbox or anywhere
SELECT p.id, p.contact_id, p.inbox_id FROM contact_points p
WHERE p.tenant_id = $1 AND p.source_id = $2 AND ($3::bigint IS NULL OR p.inbox_id = $3) ORDER BY p.id LIMIT 1

-- lock_point: two conversations with one contact point wait for each other
SELECT p.id FROM contact_points p WHERE p.tenant_id = $1 AND p.id = $2 FOR NO KEY UPDATE

-- find_last: the newest conversation with a contact point
SELECT max(c.number) AS number FROM conversations c WHERE c.tenant_id = $1 AND c.contact_point_id = $2

-- get_ground: what a conversation opens on: who of these people there is, the stage, the inbox or else the API's, the contact's place and address
SELECT ARRAY(
         SELECT 'user:' || u.user_id FROM memberships u WHERE u.tenant_id = $1 AND u.user_id = ANY ($2::bigint[]) AND u.left_at IS NULL
         UNION ALL SELECT 'contact:' || c.id FROM contacts c WHERE c.tenant_id = $1 AND c.id = ANY ($3::bigint[]) AND c.state <> 'deleted'
         UNION ALL SELECT 'bot:' || b.id FROM bots b WHERE b.tenant_id = $1 AND b.id = ANY ($4::bigint[])
       ) AS people,
       s.id AS stage_id, s.chatwoot_status, i.id AS inbox_id, c.workspace_id,
       coalesce(c.company_id, w.company_id) AS company_id, c.verified, c.blocked,
       (SELECT p.id FROM contact_points p WHERE p.tenant_id = $1 AND p.contact_id = c.id AND p.inbox_id = i.id ORDER BY p.id LIMIT 1) AS point_id,
       EXISTS (SELECT FROM stage_diagrams d WHERE d.tenant_id = $1 AND d.leaf_type = 'conversation') AS has_diagram
FROM (SELECT coalesce($7::bigint, (SELECT i.id FROM inboxes i WHERE i.tenant_id = $1 AND i.kind = 'api' AND i.deleted_at IS NULL ORDER BY i.id LIMIT 1)) AS id) i
LEFT JOIN stages s ON s.tenant_id = $1 AND (s.id = $5::bigint OR s.name = $6::text)
LEFT JOIN contacts c ON c.tenant_id = $1 AND c.id = $8::bigint
LEFT JOIN workspaces w ON w.tenant_id = $1 AND w.id = c.workspace_id

-- find_default_workspace: a company's workspace for a contact: the contact's own where it is of the company, else the default one
SELECT w.id FROM workspaces w WHERE w.tenant_id = $1 AND w.company_id = $2
ORDER BY w.id = (SELECT c.workspace_id FROM contacts c WHERE c.tenant_id = $1 AND c.id = $3) DESC NULLS LAST, w.is_default DESC, w.id LIMIT 1

-- find_inbox: the first inbox of a kind
SELECT i.id FROM inboxes i WHERE i.tenant_id = $1 AND i.kind = $2 AND i.deleted_at IS NULL ORDER BY i.id LIMIT 1

-- inbox_has_bot: whether an active bot answers in an inbox
SELECT i.active_bot_id IS NOT NULL AS has_bot FROM inboxes i WHERE i.tenant_id = $1 AND i.id = $2

-- insert_inbox: a new inbox
INSERT INTO inboxes (tenant_id, id, name, kind) VALUES ($1, $2, $3, $4) RETURNING id

-- insert_anonymous_contact: somebody who has not said who they are
INSERT INTO contacts (tenant_id, id, name) VALUES ($1, $2, '') RETURNING id

-- get_contact_place: the workspace and company of a contact, whether it is verified and whether it is blocked
SELECT c.workspace_id, coalesce(c.company_id, w.company_id) AS company_id, c.verified, c.blocked
FROM contacts c LEFT JOIN workspaces w ON w.tenant_id = $1 AND w.id = c.workspace_id
WHERE c.tenant_id = $1 AND c.id = $2
