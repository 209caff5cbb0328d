-- count_present: how many contacts were heard of since then
SELECT count(*) AS total FROM contact_presences p JOIN contacts c ON c.tenant_id = $1 AND c.id = p.contact_id AND c.state <> 'deleted'
WHERE p.tenant_id = $1 AND p.seen_at >= $2

-- contact_exists: whether there is such a contact that is not deleted
SELECT EXISTS (SELECT FROM contacts c WHERE c.tenant_id = $1 AND c.id = $2 AND c.state <> 'deleted') AS there_is

-- get_additional: city, company and the like of a contact, as JSON text
SELECT c.additional_attributes FROM contacts c WHERE c.tenant_id = $1 AND c.id = $2

-- list_labels: the names of a contact's tags, in order
SELECT t.name FROM customer_tags ct JOIN tags t ON t.tenant_id = $1 AND t.id = ct.tag_id
WHERE ct.tenant_id = $1 AND ct.noun = 'contact' AND ct.customer_id = $2 ORDER BY ct.position, ct.tag_id
