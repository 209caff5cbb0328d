-- list_works: some of the tickets and issues that somebody owns or reported, beyond an id
SELECT DISTINCT p.work_id FROM work_people p WHERE p.tenant_id = $1 AND p.person = $2::text AND p.work_id > $3 ORDER BY p.work_id LIMIT $4::bigint

-- move_works: one person's part in these tickets and issues becomes another's, each with an event; nobody has a role on one twice
WITH doubles AS (
  DELETE FROM work_people p WHERE p.tenant_id = $1 AND p.person = $2::text AND p.work_id = ANY ($7::bigint[])
    AND EXISTS (SELECT FROM work_people o WHERE o.tenant_id = $1 AND o.work_id = p.work_id AND o.role = p.role AND o.person = $3::text
                    AND o.work_id = ANY ($7::bigint[]))
  RETURNING p.work_id, p.role
), moved AS (
  UPDATE work_people p SET person = $3::text WHERE p.tenant_id = $1 AND p.person = $2::text AND p.work_id = ANY ($7::bigint[])
    AND NOT EXISTS (SELECT FROM work_people o WHERE o.tenant_id = $1 AND o.work_id = p.work_id AND o.role = p.role AND o.person = $3::text
                    AND o.work_id = ANY ($7::bigint[]))
  RETURNING p.work_id, p.role
), touched AS (
  SELECT t.work_id, jsonb_agg(t.role || 's' ORDER BY t.role) AS changed
  FROM (SELECT d.work_id, d.role FROM doubles d UNION ALL SELECT m.work_id, m.role FROM moved m) t GROUP BY t.work_id
), stamped AS (
  UPDATE works w SET updated_at = $6::timestamptz, modified_by = $4::text || ':' || $5::bigint FROM touched t
  WHERE w.tenant_id = $1 AND w.id = t.work_id AND w.id = ANY ($7::bigint[]) RETURNING w.kind, w.number, t.changed
)
INSERT INTO events (tenant_id, kind, actor_kind, actor_id, data, created_at)
SELECT $1, s.kind || '.updated', $4, $5, jsonb_build_object('id', s.number, 'changed', s.changed), $6 FROM stamped s

-- list_company_works: some of a company's works, beyond an id
SELECT w.id FROM works w WHERE w.tenant_id = $1 AND w.company_id = $2 AND w.id > $3 ORDER BY w.id LIMIT $4::bigint

-- move_company_works: these works of a company become another's, each with an event
WITH moved AS (
  UPDATE works w SET company_id = $3, updated_at = $6::timestamptz, modified_by = $4::text || ':' || $5::bigint
  WHERE w.tenant_id = $1 AND w.company_id = $2 AND w.id = ANY ($7::bigint[]) RETURNING w.kind, w.number
)
INSERT INTO events (tenant_id, kind, actor_kind, actor_id, data, created_at)
SELECT $1, m.kind || '.updated', $4, $5, jsonb_build_object('id', m.number, 'changed', '["company_id"]'::jsonb), $6 FROM moved m

-- list_workspace_works: some of a workspace's works that are not a company's, beyond an id
SELECT w.id FROM works w
WHERE w.tenant_id = $1 AND w.workspace_id = $2 AND w.company_id IS DISTINCT FROM $3 AND w.id > $4 ORDER BY w.id LIMIT $5::bigint

-- move_workspace_works: these works of a workspace follow it to another company, each with an event
WITH moved AS (
  UPDATE works w SET company_id = $3, updated_at = $6::timestamptz, modified_by = $4::text || ':' || $5::bigint
  WHERE w.tenant_id = $1 AND w.workspace_id = $2 AND w.company_id IS DISTINCT FROM $3 AND w.id = ANY ($7::bigint[]) RETURNING w.kind, w.number
)
INSERT INTO events (tenant_id, kind, actor_kind, actor_id, data, created_at)
SELECT $1, m.kind || '.updated', $4, $5, jsonb_build_object('id', m.number, 'changed', '["company_id"]'::jsonb), $6 FROM moved m

-- list_idle_links: the links that would join an object with itself, or two objects twice, if one object stood for another
SELECT l.id, l.source, l.target FROM links l
WHERE l.tenant_id = $1 AND (l.source = $2::text OR l.target = $2::text)
  AND ($3::text IN (l.source, l.target)
       OR EXISTS (SELECT FROM links o WHERE o.tenant_id = $1 AND o.link_type = l.link_type
                  AND o.source = CASE WHEN l.source = $2::text THEN $3::text ELSE l.source END
                  AND o.target = CASE WHEN l.target = $2::text THEN $3::text ELSE l.target END))
ORDER BY l.id

-- move_links: the links of one object become another's, each with an event
WITH moved AS (
  UPDATE links l SET source = CASE WHEN l.source = $2::text THEN $3::text ELSE l.source END, target = CASE WHEN l.target = $2::text THEN $3::text ELSE l.target END,
    updated_at = $6::timestamptz, modified_by = $4::text || ':' || $5::bigint
  WHERE l.tenant_id = $1 AND (l.source = $2::text OR l.target = $2::text) RETURNING l.id
)
INSERT INTO events (tenant_id, kind, actor_kind, actor_id, data, created_at)
SELECT $1, 'link.updated', $4, $5, jsonb_build_object('id', m.id, 'changed', '["source", "target"]'::jsonb), $6 FROM moved m

-- move_company_owners: one person's companies become another's
UPDATE companies c
SET owners = CASE WHEN $3::text = ANY (c.owners) THEN array_remove(c.owners, $2::text) ELSE array_replace(c.owners, $2::text, $3::text) END, updated_at = clock_timestamp()
WHERE c.tenant_id = $1
  AND c.id IN (SELECT v.company_id FROM company_values v WHERE v.tenant_id = $1 AND v.kind = 'owner' AND v.value = $2::text)

-- move_selected: where the selectors of an SLA name one person they name another
UPDATE sla_policies s
SET policies = replace(s.policies::text, to_jsonb($2::text)::text, to_jsonb($3::text)::text)::jsonb,
    account_selector = replace(s.account_selector::text, to_jsonb($2::text)::text, to_jsonb($3::text)::text)::jsonb, updated_at = clock_timestamp()
WHERE s.tenant_id = $1 AND strpos(s.policies::text || coalesce(s.account_selector::text, ''), to_jsonb($2::text)::text) > 0

-- copy_memberships: a contact joins another's groups, for its own workspace
INSERT INTO team_contacts (tenant_id, team_id, contact_id, workspace_id, created_at)
SELECT $1, m.team_id, c.id, c.workspace_id, m.created_at
FROM team_contacts m JOIN contacts c ON c.tenant_id = $1 AND c.id = $3
WHERE m.tenant_id = $1 AND m.contact_id = $2
ON CONFLICT DO NOTHING

-- has_works: whether somebody owns or reported a ticket or an issue
SELECT EXISTS (SELECT FROM work_people p WHERE p.tenant_id = $1 AND p.person = $2::text) AS has
