-- release_members: takes a custom role from everybody who has it
UPDATE memberships m SET custom_role_id = NULL WHERE m.tenant_id = $1 AND m.custom_role_id = $2 RETURNING m.user_id
