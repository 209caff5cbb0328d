-- lock_sla: an SLA's status, locked for this transaction
SELECT p.status FROM sla_policies p WHERE p.tenant_id = $1 AND p.id = $2 FOR UPDATE

-- list_known: which of the things that a policy may name there are
SELECT 'org_schedule' AS noun, s.id, NULL::text AS kind, s.status FROM org_schedules s WHERE s.tenant_id = $1 AND s.id = ANY ($2::bigint[])
UNION ALL SELECT 'tag', t.id, NULL, NULL FROM tags t WHERE t.tenant_id = $1 AND t.id = ANY ($3::bigint[])
UNION ALL SELECT 'part', p.id, p.kind, NULL FROM parts p WHERE p.tenant_id = $1 AND p.id = ANY ($4::bigint[])
UNION ALL SELECT 'team', g.id, NULL, NULL FROM teams g WHERE g.tenant_id = $1 AND g.id = ANY ($5::bigint[])
UNION ALL SELECT 'workspace', w.id, NULL, NULL FROM workspaces w WHERE w.tenant_id = $1 AND w.id = ANY ($6::bigint[])
UNION ALL SELECT 'stage', x.id, NULL, NULL FROM stages x WHERE x.tenant_id = $1 AND x.id = ANY ($7::bigint[])
UNION ALL SELECT 'user', u.user_id, NULL, NULL FROM memberships u WHERE u.tenant_id = $1 AND u.user_id = ANY ($8::bigint[])
UNION ALL SELECT 'contact', c.id, NULL, NULL FROM contacts c WHERE c.tenant_id = $1 AND c.id = ANY ($9::bigint[])
UNION ALL SELECT 'bot', b.id, b.kind, NULL FROM bots b WHERE b.tenant_id = $1 AND b.id = ANY ($10::bigint[])

-- delete_references: lets go of what an SLA's policies named
DELETE FROM sla_references r WHERE r.tenant_id = $1 AND r.sla_policy_id = $2

-- insert_references: holds what an SLA's policies name
INSERT INTO sla_references (tenant_id, sla_policy_id, position, metric_id, org_schedule_id, tag_id, part_id, team_id, workspace_id)
SELECT $1, $2, r.position, CASE WHEN r.noun = 'metric_definition' THEN r.id END, CASE WHEN r.noun = 'org_schedule' THEN r.id END,
  CASE WHEN r.noun = 'tag' THEN r.id END, CASE WHEN r.noun = 'part' THEN r.id END, CASE WHEN r.noun = 'team' THEN r.id END,
  CASE WHEN r.noun = 'workspace' THEN r.id END
FROM unnest($3::text[], $4::bigint[]) WITH ORDINALITY AS r (noun, id, position)

-- assign_sla: gives workspaces an SLA instead of the one that they have
INSERT INTO sla_workspaces (tenant_id, workspace_id, sla_policy_id, assigned_by, assigned_at)
SELECT $1, w.id, $2, $4, $5::timestamptz FROM unnest($3::bigint[]) AS w (id)
ON CONFLICT (tenant_id, workspace_id)
DO UPDATE SET sla_policy_id = EXCLUDED.sla_policy_id, assigned_by = EXCLUDED.assigned_by, assigned_at = EXCLUDED.assigned_at

-- unassign_slas: takes workspaces their SLA
DELETE FROM sla_workspaces w WHERE w.tenant_id = $1 AND w.workspace_id = ANY ($2::bigint[])
