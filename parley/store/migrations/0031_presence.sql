-- Who is there now, and live connections found by the token that opens them.

-- When a user's browser was last heard of in a tenant; written by live connections.
CREATE TABLE user_presences (
  tenant_id  bigint NOT NULL REFERENCES tenants ON DELETE CASCADE,
  user_id    bigint NOT NULL,
  seen_at    timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, user_id),
  FOREIGN KEY (tenant_id, user_id) REFERENCES memberships ON DELETE CASCADE
);
CREATE INDEX user_presences_seen ON user_presences (tenant_id, seen_at);
SELECT protect('user_presences');

-- A contact's live connection names no tenant. The token is ours, or one that an import brought.
CREATE INDEX contact_points_pubsub ON contact_points (pubsub_token);
CREATE INDEX contact_points_pubsub_hash ON contact_points (pubsub_token_hash) WHERE pubsub_token_hash IS NOT NULL;
CREATE FUNCTION find_pubsub_point(wanted text) RETURNS TABLE (tenant bigint, point_id bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT p.tenant_id, p.id FROM contact_points p WHERE p.pubsub_token = wanted
  UNION ALL
  SELECT p.tenant_id, p.id FROM contact_points p WHERE p.pubsub_token_hash = sha256(convert_to(wanted, 'UTF8'))
  LIMIT 1
$$;

-- With when the user was last heard of.
DROP FUNCTION places_of_user(bigint);
CREATE FUNCTION places_of_user(wanted bigint)
RETURNS TABLE (account_id bigint, account_name text, account_status text, onboarding_step text, role text, custom_role_id bigint,
               custom_role_name text, custom_role_description text, permissions text[], availability text, auto_offline boolean,
               active_at timestamptz, seen_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT t.id, t.name, t.status, t.custom_attributes ->> 'onboarding_step', m.role, m.custom_role_id, r.name, r.description,
         r.permissions, m.availability, m.auto_offline, m.active_at, p.seen_at
  FROM memberships m
  JOIN tenants t ON t.id = m.tenant_id
  LEFT JOIN custom_roles r ON r.tenant_id = m.tenant_id AND r.id = m.custom_role_id
  LEFT JOIN user_presences p ON p.tenant_id = m.tenant_id AND p.user_id = m.user_id
  WHERE m.user_id = wanted AND m.left_at IS NULL AND m.state = 'active' AND t.deleted_at IS NULL
  ORDER BY m.active_at DESC NULLS LAST, m.tenant_id
$$;
