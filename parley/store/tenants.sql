-- allocate_ids: a block of ids of one kind, the first of which is returned; holds the kind's row until commit
INSERT INTO allocators (tenant_id, kind, next_id) VALUES ($1, $2, 1 + $3)
ON CONFLICT (tenant_id, kind) DO UPDATE SET next_id = allocators.next_id + $3
RETURNING next_id - $3 AS first_id

-- raise_allocator: no id up to this one will be given out
INSERT INTO allocators (tenant_id, kind, next_id) VALUES ($1, $2, $3::bigint + 1)
ON CONFLICT (tenant_id, kind) DO UPDATE SET next_id = greatest(allocators.next_id, EXCLUDED.next_id)

-- seed_states: the stock states of a new tenant
INSERT INTO states (tenant_id, id, name, ordinal, is_final)
SELECT $1, s.id, s.name, s.ordinal, s.is_final
FROM unnest($2::bigint[], $3::text[], $4::integer[], $5::boolean[]) AS s (id, name, ordinal, is_final)
ON CONFLICT DO NOTHING

-- seed_stages: the stock stages of a new tenant
INSERT INTO stages (tenant_id, id, name, state_id, ordinal, chatwoot_status)
SELECT $1, s.id, s.name, t.id, s.ordinal, s.status
FROM unnest($2::bigint[], $3::text[], $4::text[], $5::integer[], $6::text[]) AS s (id, name, state, ordinal, status)
JOIN states t ON t.tenant_id = $1 AND t.name = s.state
ON CONFLICT DO NOTHING

-- seed_fragments: the schema fragments that every tenant has, stock and its own
INSERT INTO schema_fragments (tenant_id, id, kind) VALUES ($1, 1, 'stock'), ($1, 2, 'tenant') ON CONFLICT DO NOTHING

-- insert_membership: a user's place in the tenant, with the profile as the tenant shows it
INSERT INTO memberships (tenant_id, user_id, role, name, email) VALUES ($1, $2, $3, $4, $5)

-- list_members: the tenant's users with their role, also those who left
SELECT m.user_id, m.name, m.email, m.role, m.state, m.left_at, r.name AS custom_role,
       ARRAY(SELECT i.inbox_id FROM inbox_members i WHERE i.tenant_id = $1 AND i.user_id = m.user_id ORDER BY i.inbox_id) AS inbox_ids
FROM memberships m
LEFT JOIN custom_roles r ON r.tenant_id = $1 AND r.id = m.custom_role_id
WHERE m.tenant_id = $1
ORDER BY m.user_id
