-- find_point: the tenant and the contact point that a token opens live connections of
SELECT f.tenant, f.point_id FROM find_pubsub_point($1) f

-- list_users: the tenant's users by id who are active, with what opens their live connections and what bounds what they see
SELECT m.user_id AS id, u.pubsub_token, m.role, CASE WHEN m.custom_role_id IS NOT NULL THEN coalesce(r.permissions, '{}') END AS permissions,
       ARRAY(SELECT i.inbox_id FROM inbox_members i WHERE i.tenant_id = $1 AND i.user_id = m.user_id ORDER BY i.inbox_id) AS inbox_ids
FROM memberships m JOIN users u ON u.id = m.user_id
LEFT JOIN custom_roles r ON r.tenant_id = $1 AND r.id = m.custom_role_id
WHERE m.tenant_id = $1 AND m.user_id = ANY ($2::bigint[]) AND m.left_at IS NULL AND m.state = 'active'

-- list_points: contact points by id, with what opens their live connections
SELECT p.id, p.contact_id, p.pubsub_token, p.pubsub_token_hash
FROM contact_points p JOIN contacts c ON c.tenant_id = $1 AND c.id = p.contact_id AND c.state <> 'deleted'
WHERE p.tenant_id = $1 AND p.id = ANY ($2::bigint[])
