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

-- Since when the hours pass here for a tenant: what an import brought with its snooze long over stays as its source left it.
CREATE TABLE wake_marks (
  tenant_id  bigint PRIMARY KEY REFERENCES tenants ON DELETE CASCADE,
  started_at timestamptz NOT NULL DEFAULT now()
);
SELECT protect('wake_marks');

-- Which tenants have conversations whose snooze is over, or no mark yet; tells ids and nothing else.
CREATE FUNCTION tenants_to_wake(at timestamptz) RETURNS TABLE (tenant bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT t.id FROM tenants t LEFT JOIN wake_marks w ON w.tenant_id = t.id
  WHERE w.tenant_id IS NULL
     OR EXISTS (SELECT FROM conversations c WHERE c.tenant_id = t.id AND c.status = 'snoozed' AND c.snoozed_until <= at AND NOT c.is_frozen
                  AND greatest(c.snoozed_until, c.modified_at) > w.started_at - interval '1 day')
$$;
