-- lock_work: a work by kind and number, kept from others until the transaction ends
SELECT w.id, w.stage, w.state, w.is_frozen, w.company_id, w.subtype, w.custom_fields, w.started_at
FROM works w WHERE w.tenant_id = $1 AND w.kind = $2 AND w.number = $3 FOR UPDATE

-- delete_people: takes a work's owners or reporters off it
DELETE FROM work_people p WHERE p.tenant_id = $1 AND p.work_id = $2 AND p.role = $3

-- insert_people: puts owners or reporters on a work, in order
INSERT INTO work_people (tenant_id, work_id, role, person, position)
SELECT $1, $2, $3, p.person, p.position FROM unnest($4::text[]) WITH ORDINALITY AS p (person, position)

-- list_tags: a work's tags with their values, in order
SELECT t.tag_id, t.value FROM work_tags t WHERE t.tenant_id = $1 AND t.work_id = $2 ORDER BY t.position

-- delete_tags: takes every tag off a work
DELETE FROM work_tags t WHERE t.tenant_id = $1 AND t.work_id = $2

-- insert_tags: puts tags on a work, in order
INSERT INTO work_tags (tenant_id, work_id, tag_id, value, position)
SELECT $1, $2, t.id, t.value, t.position FROM unnest($3::bigint[], $4::text[]) WITH ORDINALITY AS t (id, value, position)

-- delete_parts: an issue is developed with no part any more
DELETE FROM work_parts p WHERE p.tenant_id = $1 AND p.work_id = $2

-- insert_parts: the parts that an issue is developed with, in order
INSERT INTO work_parts (tenant_id, work_id, part_id, position)
SELECT $1, $2, p.id, p.position FROM unnest($3::bigint[]) WITH ORDINALITY AS p (id, position)

-- delete_channels: takes a ticket's channels off it
DELETE FROM work_channels c WHERE c.tenant_id = $1 AND c.work_id = $2

-- insert_channels: the inboxes that a ticket runs over, in order
INSERT INTO work_channels (tenant_id, work_id, inbox_id, position)
SELECT $1, $2, c.id, c.position FROM unnest($3::bigint[]) WITH ORDINALITY AS c (id, position)
