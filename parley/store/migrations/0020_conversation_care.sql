-- What keeps a conversation going: drafts of answers, the end of a snooze, its files in one list.

-- What somebody has begun to write and not sent; nobody else sees it.
CREATE TABLE conversation_drafts (
  tenant_id  bigint NOT NULL,
  conversation_number bigint NOT NULL,
  user_id    bigint NOT NULL,
  message    text NOT NULL,
  updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, user_id, conversation_number),
  FOREIGN KEY (tenant_id, conversation_number) REFERENCES conversations ON DELETE CASCADE,
  FOREIGN KEY (tenant_id, user_id) REFERENCES memberships ON DELETE CASCADE
);
CREATE INDEX conversation_drafts_conversation ON conversation_drafts (tenant_id, conversation_number);
SELECT protect('conversation_drafts');

CREATE INDEX conversations_snoozed ON conversations (tenant_id, snoozed_until, number) WHERE status = 'snoozed' AND snoozed_until IS NOT NULL;
CREATE INDEX messages_with_files ON messages (tenant_id, conversation_number, id) WHERE attachment_count > 0;

-- Which tenants have conversations whose snooze is over; tells ids and nothing else.
CREATE FUNCTION tenants_to_wake(at timestamptz) RETURNS TABLE (tenant bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT t.id FROM tenants t
  WHERE EXISTS (SELECT FROM conversations c WHERE c.tenant_id = t.id AND c.status = 'snoozed' AND c.snoozed_until <= at AND NOT c.is_frozen)
$$;
