-- lock_conversations: conversations, kept from others in the order of their numbers
SELECT c.number FROM conversations c WHERE c.tenant_id = $1 AND c.number = ANY ($2::bigint[]) ORDER BY c.number FOR NO KEY UPDATE

-- lock_free_conversations: the same; those that somebody else works on are left
SELECT c.number FROM conversations c WHERE c.tenant_id = $1 AND c.number = ANY ($2::bigint[]) ORDER BY c.number FOR NO KEY UPDATE SKIP LOCKED

-- lock_contacts: contacts, kept from others in the order of their ids
SELECT c.id FROM contacts c WHERE c.tenant_id = $1 AND c.id = ANY ($2::bigint[]) ORDER BY c.id FOR NO KEY UPDATE

-- lock_free_contacts: the same; those that somebody else works on are left
SELECT c.id FROM contacts c WHERE c.tenant_id = $1 AND c.id = ANY ($2::bigint[]) ORDER BY c.id FOR NO KEY UPDATE SKIP LOCKED

-- lock_works: works, kept from others in the order of their ids
SELECT w.id FROM works w WHERE w.tenant_id = $1 AND w.id = ANY ($2::bigint[]) ORDER BY w.id FOR NO KEY UPDATE

-- lock_free_works: the same; those that somebody else works on are left
SELECT w.id FROM works w WHERE w.tenant_id = $1 AND w.id = ANY ($2::bigint[]) ORDER BY w.id FOR NO KEY UPDATE SKIP LOCKED
