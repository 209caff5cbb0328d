-- list_after: contacts for an export, by id from a place on
SELECT c.id, c.name, c.email, c.phone_number, c.created_at, c.updated_at, c.additional_attributes, c.identifier,
       coalesce(c.custom_fields -> 'tnt', '{}')::text AS custom_attributes, c.last_activity_at, c.kind AS contact_type, c.middle_name, c.last_name,
       c.location, c.country_code, c.blocked, c.company_id
FROM contacts c
WHERE c.tenant_id = $1 AND c.id > $2 AND TRUE /* known */
  AND ($3::text[] IS NULL OR c.id IN (
    SELECT ct.customer_id FROM customer_tags ct JOIN tags t ON t.tenant_id = $1 AND t.id = ct.tag_id
    WHERE ct.tenant_id = $1 AND ct.noun = 'contact' AND lower(t.name) IN (SELECT lower(n) FROM unnest($3::text[]) n)))
  AND ($5::bigint[] IS NULL OR c.id = ANY ($5::bigint[]))
ORDER BY c.id LIMIT $4::bigint

-- list_matches: whose an identifier, an address and a number already are, one contact apart
SELECT m.field, min(m.id) AS id FROM (
  SELECT 'identifier' AS field, c.id FROM contacts c WHERE c.tenant_id = $1 AND c.identifier = $3::text AND c.state <> 'deleted'
  UNION ALL SELECT 'email', c.id FROM contacts c WHERE c.tenant_id = $1 AND c.email_key = lower($4::text) AND c.state <> 'deleted'
  UNION ALL SELECT 'phone_number', c.id FROM contacts c WHERE c.tenant_id = $1 AND c.phone_number = $5::text AND c.state <> 'deleted'
) m WHERE m.id IS DISTINCT FROM $2::bigint GROUP BY m.field

-- insert_refused: a row of an import that could not be taken
INSERT INTO contact_import_failures (tenant_id, job_id, row_number, cells, reason) VALUES ($1, $2, $3, $4, $5)

-- list_refused: the rows of an import that could not be taken, from a place on
SELECT f.row_number, f.cells, f.reason FROM contact_import_failures f
WHERE f.tenant_id = $1 AND f.job_id = $2 AND f.row_number > $3 ORDER BY f.row_number LIMIT 1000

-- delete_refused: a job has made a file of them
DELETE FROM contact_import_failures f WHERE f.tenant_id = $1 AND f.job_id = $2
