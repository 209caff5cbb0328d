-- contact_exists: whether the tenant has this contact, active
SELECT EXISTS (SELECT FROM contacts c WHERE c.tenant_id = $1 AND c.id = $2 AND c.state = 'active') AS found

-- bot_exists: whether the tenant has this bot, active
SELECT EXISTS (SELECT FROM bots b WHERE b.tenant_id = $1 AND b.id = $2 AND b.state = 'active') AS found
