-- find_tag: a tag by name, exactly so before in another case
SELECT t.id FROM tags t WHERE t.tenant_id = $1 AND lower(t.name) = lower($2::text) ORDER BY t.name <> $2, t.id LIMIT 1

-- insert_tag: a tag that exists because something carries it
INSERT INTO tags (tenant_id, id, name, is_label, created_by, modified_by) VALUES ($1, $2, $3, false, $4, $4)
ON CONFLICT (tenant_id, name) DO UPDATE SET name = EXCLUDED.name RETURNING id
