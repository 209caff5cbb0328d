-- get_profile: a user as they are without an account
SELECT u.id, u.name, u.display_name, u.email, u.provider, u.confirmed_at IS NOT NULL AS confirmed, u.kind, u.message_signature,
       u.ui_settings, u.custom_attributes, u.pubsub_token
FROM users u WHERE u.id = $1

-- renew_pubsub_token: what opened the user's live connections opens them no more
UPDATE users SET pubsub_token = DEFAULT, updated_at = now() WHERE id = $1

-- delete_user: a user who belongs to nothing any more
DELETE FROM users WHERE id = $1

-- put_push_subscription: where a device is told; it belongs to who says so last
INSERT INTO push_subscriptions AS p (user_id, kind, identifier, attributes) VALUES ($1, $2, $3, $4::text::jsonb)
ON CONFLICT (identifier) DO UPDATE SET user_id = EXCLUDED.user_id, kind = EXCLUDED.kind, attributes = EXCLUDED.attributes, updated_at = now()
RETURNING id, user_id, kind, identifier, attributes, created_at, updated_at

-- delete_push_subscription: a device that is told no more, by its push token
DELETE FROM push_subscriptions WHERE user_id = $1 AND (attributes ->> 'push_token' = $2 OR identifier = $2)
