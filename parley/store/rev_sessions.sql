-- lock_provisioning: until the transaction ends nobody else finds or makes the tenant's contacts by reference
SELECT pg_advisory_xact_lock(hashtextextended('rev-session', $1::bigint)) AS locked

-- find_contact: a contact by its reference in a system of the tenant's
SELECT c.id FROM contacts c WHERE c.tenant_id = $1 AND c.identifier = $2 AND c.state <> 'deleted' ORDER BY c.id LIMIT 1

-- find_company: a company by its reference
SELECT c.id FROM companies c WHERE c.tenant_id = $1 AND $2 = ANY (c.external_refs) ORDER BY c.id LIMIT 1

-- find_workspace: a workspace by its reference
SELECT w.id, w.company_id FROM workspaces w WHERE w.tenant_id = $1 AND w.external_ref = $2 ORDER BY w.id LIMIT 1

-- find_default_workspace: where a company's contacts belong who say no more
SELECT w.id, w.company_id FROM workspaces w WHERE w.tenant_id = $1 AND w.company_id = $2 ORDER BY w.is_default DESC, w.id LIMIT 1

-- get_fields: a row's own custom fields, by the noun that has them
SELECT coalesce(
  CASE WHEN $2::text = 'contact' THEN (SELECT c.custom_fields FROM contacts c WHERE c.tenant_id = $1 AND c.id = $3) END,
  CASE WHEN $2::text = 'company' THEN (SELECT c.custom_fields FROM companies c WHERE c.tenant_id = $1 AND c.id = $3) END,
  CASE WHEN $2::text = 'workspace' THEN (SELECT w.custom_fields FROM workspaces w WHERE w.tenant_id = $1 AND w.id = $3) END
) AS custom_fields
