-- The public API: inboxes found by what their clients know, contact points with a token of their own; and what customers
-- think of how they were answered.

ALTER TABLE inboxes
  ADD COLUMN IF NOT EXISTS identifier text,
  ADD COLUMN IF NOT EXISTS hmac_token text,
  ADD COLUMN IF NOT EXISTS hmac_mandatory boolean NOT NULL DEFAULT false,
  ADD COLUMN IF NOT EXISTS working_hours jsonb NOT NULL DEFAULT '[
    {"day_of_week": 0, "closed_all_day": true, "open_hour": null, "open_minutes": null, "close_hour": null, "close_minutes": null, "open_all_day": false},
    {"day_of_week": 1, "closed_all_day": false, "open_hour": 9, "open_minutes": 0, "close_hour": 17, "close_minutes": 0, "open_all_day": false},
    {"day_of_week": 2, "closed_all_day": false, "open_hour": 9, "open_minutes": 0, "close_hour": 17, "close_minutes": 0, "open_all_day": false},
    {"day_of_week": 3, "closed_all_day": false, "open_hour": 9, "open_minutes": 0, "close_hour": 17, "close_minutes": 0, "open_all_day": false},
    {"day_of_week": 4, "closed_all_day": false, "open_hour": 9, "open_minutes": 0, "close_hour": 17, "close_minutes": 0, "open_all_day": false},
    {"day_of_week": 5, "closed_all_day": false, "open_hour": 9, "open_minutes": 0, "close_hour": 17, "close_minutes": 0, "open_all_day": false},
    {"day_of_week": 6, "closed_all_day": true, "open_hour": null, "open_minutes": null, "close_hour": null, "close_minutes": null, "open_all_day": false}
  ]',
  ADD COLUMN IF NOT EXISTS avatar_id bigint,
  ADD COLUMN IF NOT EXISTS deleted_at timestamptz;
CREATE UNIQUE INDEX IF NOT EXISTS inboxes_identifier ON inboxes (identifier) WHERE identifier IS NOT NULL;

-- pubsub_token_hash is of a token that an import brought; this one is ours, 240 random bits.
ALTER TABLE contact_points
  ADD COLUMN pubsub_token text DEFAULT replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''),
  ADD COLUMN is_unproven boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN contact_points.pubsub_token IS 'in clear: it is shown to whoever knows the source id, and opens live connections of this point only';
COMMENT ON COLUMN contact_points.is_unproven IS
  'somebody said to be a contact that was there already, and proved nothing: they write as that contact, and see nothing of it';

-- What the public API is asked with names no tenant. Each tells one tenant and one number, and nothing else.
CREATE FUNCTION find_public_inbox(wanted text) RETURNS TABLE (tenant bigint, inbox_id bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT i.tenant_id, i.id FROM inboxes i WHERE i.identifier = wanted AND i.kind = 'api' AND i.deleted_at IS NULL
$$;
-- One look into the index of each tenant: surveys are answered seldom, and one more index would cost every change of a conversation.
CREATE FUNCTION find_surveyed(wanted uuid) RETURNS TABLE (tenant bigint, conversation_number bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT t.id, c.number
  FROM tenants t CROSS JOIN LATERAL (SELECT c.number FROM conversations c WHERE c.tenant_id = t.id AND c.uuid = wanted OFFSET 0) c
  LIMIT 1
$$;

-- What a customer thinks of how they were answered: one row for each message that asked. The contact is the conversation's.
CREATE TABLE survey_responses (
  tenant_id    bigint NOT NULL REFERENCES tenants ON DELETE CASCADE,
  id           bigint NOT NULL,
  conversation_number bigint NOT NULL,
  message_id   bigint NOT NULL,
  assigned_user_id bigint,
  rating       integer NOT NULL CHECK (rating BETWEEN 1 AND 5),
  feedback     text,
  review_notes text,
  reviewed_by  bigint,
  reviewed_at  timestamptz,
  created_at   timestamptz NOT NULL DEFAULT now(),
  updated_at   timestamptz NOT NULL DEFAULT now(),
  created_by   text,
  modified_by  text,
  version      bigint NOT NULL DEFAULT 1,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, conversation_number) REFERENCES conversations ON DELETE CASCADE,
  FOREIGN KEY (tenant_id, message_id) REFERENCES messages ON DELETE CASCADE
);
COMMENT ON COLUMN survey_responses.assigned_user_id IS 'who answered the conversation when the customer said this';
COMMENT ON COLUMN survey_responses.reviewed_by IS 'the user who wrote review_notes';
CREATE UNIQUE INDEX survey_responses_message ON survey_responses (tenant_id, message_id);
CREATE INDEX survey_responses_conversation ON survey_responses (tenant_id, conversation_number);
CREATE INDEX survey_responses_created ON survey_responses (tenant_id, created_at, id);
CREATE INDEX survey_responses_assigned ON survey_responses (tenant_id, assigned_user_id, created_at, id);
SELECT protect('survey_responses');
CREATE INDEX messages_surveys ON messages (tenant_id, created_at) WHERE content_type = 'input_csat';
CREATE INDEX messages_survey_of ON messages (tenant_id, conversation_number, id) WHERE content_type = 'input_csat';
