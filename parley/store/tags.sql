-- find_tag: the tag of exactly this name, for a change
SELECT t.id, t.is_label FROM tags t WHERE t.tenant_id = $1 AND t.name = $2 FOR NO KEY UPDATE

-- lock_label: a tag that is a label, for a change
SELECT t.name FROM tags t WHERE t.tenant_id = $1 AND t.id = $2 AND t.is_label FOR UPDATE

-- is_carried: whether anything carries the tag
SELECT EXISTS (SELECT FROM conversation_tags x WHERE x.tenant_id = $1 AND x.tag_id = $2)
    OR EXISTS (SELECT FROM customer_tags x WHERE x.tenant_id = $1 AND x.tag_id = $2)
    OR EXISTS (SELECT FROM work_tags x WHERE x.tenant_id = $1 AND x.tag_id = $2)
    OR EXISTS (SELECT FROM part_tags x WHERE x.tenant_id = $1 AND x.tag_id = $2)
    OR EXISTS (SELECT FROM sla_references x WHERE x.tenant_id = $1 AND x.tag_id = $2) AS carried
