-- find_tag: the tag of exactly this name, for a change
SELECT t.id, t.is_label FROM tags t WHERE t.tenant_id = $1 AND t.name = $2 FOR NO KEY UPDATE

-- list_named: tags by name, in any case; of several that differ in case only, each is there
SELECT t.id, t.name FROM tags t WHERE t.tenant_id = $1 AND lower(t.name) = ANY (ARRAY(SELECT lower(n) FROM unnest($2::text[]) n)) ORDER BY t.id

-- list_tags_of: what tags a conversation carries
SELECT t.tag_id FROM conversation_tags t WHERE t.tenant_id = $1 AND t.conversation_number = $2

-- insert_carried: a tag that exists because something carries it; it is no label of the account's list
INSERT INTO tags (tenant_id, id, name, is_label, created_by, modified_by) VALUES ($1, $2, $3, false, $4, $4)

-- lock_label: a tag that is a label, for a change
SELECT t.name FROM tags t WHERE t.tenant_id = $1 AND t.id = $2 AND t.is_label FOR UPDATE

-- is_carried: whether anything carries the tag
SELECT EXISTS (SELECT FROM conversation_tags x WHERE x.tenant_id = $1 AND x.tag_id = $2)
    OR EXISTS (SELECT FROM customer_tags x WHERE x.tenant_id = $1 AND x.tag_id = $2)
    OR EXISTS (SELECT FROM work_tags x WHERE x.tenant_id = $1 AND x.tag_id = $2)
    OR EXISTS (SELECT FROM part_tags x WHERE x.tenant_id = $1 AND x.tag_id = $2)
    OR EXISTS (SELECT FROM sla_references x WHERE x.tenant_id = $1 AND x.tag_id = $2) AS carried
