-- lock_part: a part, kept from others until the transaction ends
SELECT p.kind, p.subtype, p.custom_fields FROM parts p WHERE p.tenant_id = $1 AND p.id = $2 FOR UPDATE

-- delete_tags: takes every tag off a part
DELETE FROM part_tags t WHERE t.tenant_id = $1 AND t.part_id = $2

-- insert_tags: puts tags on a part, in order
INSERT INTO part_tags (tenant_id, part_id, tag_id, value, position)
SELECT $1, $2, t.id, t.value, t.position FROM unnest($3::bigint[], $4::text[]) WITH ORDINALITY AS t (id, value, position)
