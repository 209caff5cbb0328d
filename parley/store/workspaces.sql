-- move_contacts: the contacts of a workspace follow it to another company
UPDATE contacts c SET company_id = $3, updated_at = clock_timestamp() WHERE c.tenant_id = $1 AND c.workspace_id = $2
