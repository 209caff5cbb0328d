-- find_labels: tags by name, in any case; of several that differ in case only, each is there
SELECT t.id, t.name FROM tags t WHERE t.tenant_id = $1 AND lower(t.name) = ANY (ARRAY(SELECT lower(n) FROM unnest($2::text[]) n)) ORDER BY t.id

-- insert_label: a tag that exists because something carries it; it is no label of the account's list
INSERT INTO tags (tenant_id, id, name, is_label, created_by, modified_by) VALUES ($1, $2, $3, false, $4, $4)
