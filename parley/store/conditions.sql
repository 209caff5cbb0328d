-- list_field_types: the types of a noun's custom fields by key
SELECT f.key, f.field_type, f.chatwoot_type
FROM custom_fields f
WHERE f.tenant_id = $1 AND f.noun = $2 AND f.namespace = 'tnt' AND f.subtype IS NULL AND f.key = ANY ($3::text[])
ORDER BY f.id

-- list_tag_ids: tags by name
SELECT t.name, t.id FROM tags t WHERE t.tenant_id = $1 AND t.name = ANY ($2::text[]) ORDER BY t.id
