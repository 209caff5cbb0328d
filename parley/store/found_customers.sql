-- find_contacts: a page of the contacts one can write to whose name, e-mail, phone number or identifier matches $2, latest activity first
SELECT c.id FROM contacts c
WHERE c.tenant_id = $1 AND c.state <> 'deleted'
  AND (coalesce(c.email, '') <> '' OR coalesce(c.phone_number, '') <> '' OR coalesce(c.identifier, '') <> '')
  AND ($2::text IS NULL OR c.id = ANY (ARRAY(SELECT f.found_id FROM search_names($1, 'contacts', ARRAY[lower($2)]) f))
    AND (c.name ILIKE $2 OR c.email ILIKE $2 OR c.phone_number ILIKE $2 OR c.identifier ILIKE $2))
  AND ($3::timestamptz IS NULL OR c.last_activity_at >= $3) AND ($4::timestamptz IS NULL OR c.last_activity_at <= $4)
ORDER BY c.last_activity_at DESC NULLS LAST, c.id DESC
LIMIT $5::bigint OFFSET $6::bigint
