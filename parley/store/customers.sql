-- delete_tags: takes every tag off a customer
DELETE FROM customer_tags t WHERE t.tenant_id = $1 AND t.noun = $2 AND t.customer_id = $3

-- insert_tags: puts tags on a customer, in order
INSERT INTO customer_tags (tenant_id, noun, customer_id, tag_id, value, position)
SELECT $1, $2, $3, t.id, t.value, t.position FROM unnest($4::bigint[], $5::text[]) WITH ORDINALITY AS t (id, value, position)

-- delete_artifacts: takes every file off a customer
DELETE FROM customer_artifacts a WHERE a.tenant_id = $1 AND a.noun = $2 AND a.customer_id = $3

-- insert_artifacts: attaches files to a customer, in order
INSERT INTO customer_artifacts (tenant_id, noun, customer_id, attachment_id, position)
SELECT $1, $2, $3, a.id, a.position FROM unnest($4::bigint[]) WITH ORDINALITY AS a (id, position)

-- get_artifacts: files by id, with what each belongs to as noun:number
SELECT a.id, a.file_name, a.content_type, a.byte_size,
       coalesce(
         'timeline_comment:' || a.message_id, a.parent,
         (SELECT 'user:' || u.user_id FROM memberships u WHERE u.tenant_id = $1 AND u.avatar_id = a.id LIMIT 1),
         (SELECT 'contact:' || c.id FROM contacts c WHERE c.tenant_id = $1 AND c.avatar_id = a.id LIMIT 1),
         (SELECT 'bot:' || b.id FROM bots b WHERE b.tenant_id = $1 AND b.avatar_id = a.id LIMIT 1)) AS parent
FROM attachments a
WHERE a.tenant_id = $1 AND a.id = ANY ($2::bigint[])

-- lock_reference: nobody else gives this external reference to such a noun until the transaction ends
SELECT pg_advisory_xact_lock(hashtextextended('parley.' || $2::text || ':' || $3::text, $1))

-- move_tags: tags of one customer that another does not have go behind its own
INSERT INTO customer_tags (tenant_id, noun, customer_id, tag_id, value, position)
SELECT $1, t.noun, $4::bigint, t.tag_id, t.value,
       t.position + coalesce((SELECT max(p.position) FROM customer_tags p WHERE p.tenant_id = $1 AND p.noun = $2 AND p.customer_id = $4), 0)
FROM customer_tags t WHERE t.tenant_id = $1 AND t.noun = $2 AND t.customer_id = $3
ON CONFLICT (tenant_id, noun, customer_id, tag_id) DO NOTHING

-- move_artifacts: files of one customer go behind those of another
UPDATE customer_artifacts a SET customer_id = $4,
  position = a.position + coalesce((SELECT max(p.position) FROM customer_artifacts p WHERE p.tenant_id = $1 AND p.noun = $2 AND p.customer_id = $4), 0)
WHERE a.tenant_id = $1 AND a.noun = $2 AND a.customer_id = $3
