-- Conversations. The number serves both wires: CONV-n on DevRev's, id n on Chatwoot's.

CREATE TABLE conversations (
  tenant_id     bigint NOT NULL REFERENCES tenants ON DELETE CASCADE,
  number        bigint NOT NULL,
  uuid          uuid NOT NULL DEFAULT gen_random_uuid(),
  title         text,
  description   text,
  stage_id      bigint NOT NULL,
  status        text NOT NULL CHECK (status IN ('open', 'pending', 'snoozed', 'resolved')),
  priority      smallint CHECK (priority BETWEEN 0 AND 3),
  inbox_id      bigint NOT NULL,
  contact_id    bigint NOT NULL,
  contact_point_id bigint,
  workspace_id  bigint,
  company_id    bigint,
  team_id       bigint,
  brand_id      bigint,
  campaign_id   bigint,
  sla_policy_id bigint,
  assignee_user_id bigint,
  assignee_bot_id bigint,
  owner_agent_id bigint,
  source_channel text,
  subtype       text,
  is_spam       boolean NOT NULL DEFAULT false,
  is_frozen     boolean NOT NULL DEFAULT false,
  is_creator_verified boolean NOT NULL DEFAULT false,
  url_context   text,
  identifier    text,
  additional_attributes jsonb NOT NULL DEFAULT '{}',
  custom_fields jsonb NOT NULL DEFAULT '{}',
  sentiment     smallint CHECK (sentiment BETWEEN 1 AND 5),
  sentiment_summary text,
  sentiment_modified_at timestamptz,
  created_by_kind text NOT NULL CHECK (created_by_kind IN ('user', 'contact', 'bot', 'system')),
  created_by_id bigint,
  modified_by_kind text NOT NULL CHECK (modified_by_kind IN ('user', 'contact', 'bot', 'system')),
  modified_by_id bigint,
  created_at    timestamptz NOT NULL DEFAULT now(),
  modified_at   timestamptz NOT NULL DEFAULT now(),
  last_activity_at timestamptz NOT NULL DEFAULT now(),
  closed_at     timestamptz,
  snoozed_until timestamptz,
  first_reply_at timestamptz,
  waiting_since timestamptz,
  agent_last_seen_at timestamptz,
  assignee_last_seen_at timestamptz,
  contact_last_seen_at timestamptz,
  last_incoming_at timestamptz,
  last_external_message_at timestamptz,
  unread_count  integer NOT NULL DEFAULT 0,
  version       bigint NOT NULL DEFAULT 1,
  PRIMARY KEY (tenant_id, number),
  FOREIGN KEY (tenant_id, stage_id) REFERENCES stages,
  FOREIGN KEY (tenant_id, inbox_id) REFERENCES inboxes,
  FOREIGN KEY (tenant_id, contact_id) REFERENCES contacts,
  FOREIGN KEY (tenant_id, contact_point_id) REFERENCES contact_points,
  FOREIGN KEY (tenant_id, workspace_id) REFERENCES workspaces,
  FOREIGN KEY (tenant_id, company_id) REFERENCES companies,
  FOREIGN KEY (tenant_id, team_id) REFERENCES teams,
  FOREIGN KEY (tenant_id, brand_id) REFERENCES brands,
  FOREIGN KEY (tenant_id, sla_policy_id) REFERENCES sla_policies,
  CHECK (assignee_user_id IS NULL OR assignee_bot_id IS NULL)
);
COMMENT ON COLUMN conversations.status IS 'the stage''s chatwoot_status, kept here for the indexes';
COMMENT ON COLUMN conversations.modified_at IS 'Chatwoot''s updated_at; derived upkeep never touches it';
COMMENT ON COLUMN conversations.custom_fields IS '{namespace: {raw key: value}}; Chatwoot''s custom_attributes are namespace tnt';
COMMENT ON COLUMN conversations.unread_count IS 'incoming messages newer than agent_last_seen_at, private visibility apart; derived';

-- One index per sort order, each from the tenant to a unique tiebreaker; Chatwoot's pages count and skip inside them.
CREATE INDEX conversations_modified ON conversations (tenant_id, modified_at, number);
CREATE INDEX conversations_created ON conversations (tenant_id, created_at, number) INCLUDE (status, inbox_id, team_id, assignee_user_id);
CREATE INDEX conversations_activity ON conversations (tenant_id, last_activity_at, number) INCLUDE (status, inbox_id, team_id, assignee_user_id);
CREATE INDEX conversations_status_activity ON conversations (tenant_id, status, last_activity_at, number) INCLUDE (inbox_id, team_id, assignee_user_id);
CREATE INDEX conversations_priority ON conversations (tenant_id, priority DESC NULLS LAST, last_activity_at DESC, number DESC) INCLUDE (status, inbox_id, team_id, assignee_user_id);
CREATE INDEX conversations_priority_asc ON conversations (tenant_id, priority ASC NULLS LAST, last_activity_at DESC, number DESC) INCLUDE (status, inbox_id, team_id, assignee_user_id);
CREATE INDEX conversations_priority_created ON conversations (tenant_id, priority DESC NULLS LAST, created_at, number DESC) INCLUDE (status, inbox_id, team_id, assignee_user_id);
CREATE INDEX conversations_waiting ON conversations (tenant_id, waiting_since, created_at, number) INCLUDE (status, inbox_id, team_id, assignee_user_id);
CREATE INDEX conversations_waiting_desc ON conversations (tenant_id, waiting_since DESC NULLS LAST, created_at, number) INCLUDE (status, inbox_id, team_id, assignee_user_id);
CREATE INDEX conversations_unread ON conversations (tenant_id, unread_count, last_activity_at, number) INCLUDE (status, inbox_id, team_id, assignee_user_id);
CREATE INDEX conversations_stage ON conversations (tenant_id, stage_id, modified_at, number);
CREATE INDEX conversations_closed ON conversations (tenant_id, closed_at, number) WHERE closed_at IS NOT NULL;
CREATE INDEX conversations_contact ON conversations (tenant_id, contact_id, last_activity_at, number);
CREATE INDEX conversations_assignee ON conversations (tenant_id, assignee_user_id, last_activity_at, number) WHERE assignee_user_id IS NOT NULL;
CREATE INDEX conversations_contact_point ON conversations (tenant_id, contact_point_id);
CREATE INDEX conversations_workspace ON conversations (tenant_id, workspace_id, modified_at, number) WHERE workspace_id IS NOT NULL;
CREATE INDEX conversations_company ON conversations (tenant_id, company_id, modified_at, number) WHERE company_id IS NOT NULL;
CREATE INDEX conversations_team ON conversations (tenant_id, team_id, modified_at, number) WHERE team_id IS NOT NULL;
CREATE UNIQUE INDEX conversations_uuid ON conversations (tenant_id, uuid);

CREATE TRIGGER raise_version BEFORE UPDATE ON conversations
  FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION raise_version();

-- What a conversation carries beside its own row; each leads to it through (tenant_id, conversation_number).
CREATE TABLE conversation_tags (
  tenant_id  bigint NOT NULL,
  conversation_number bigint NOT NULL,
  tag_id     bigint NOT NULL,
  value      text,
  position   integer NOT NULL DEFAULT 0,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, conversation_number, tag_id),
  FOREIGN KEY (tenant_id, conversation_number) REFERENCES conversations ON DELETE CASCADE,
  FOREIGN KEY (tenant_id, tag_id) REFERENCES tags
);
CREATE INDEX conversation_tags_tag ON conversation_tags (tenant_id, tag_id, value, conversation_number);

-- Members beside the contact, who always is one. Chatwoot's participants are the users among them.
CREATE TABLE conversation_members (
  tenant_id  bigint NOT NULL,
  conversation_number bigint NOT NULL,
  kind       text NOT NULL CHECK (kind IN ('user', 'contact', 'bot', 'system')),
  id         bigint NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, conversation_number, kind, id),
  FOREIGN KEY (tenant_id, conversation_number) REFERENCES conversations ON DELETE CASCADE
);
CREATE INDEX conversation_members_member ON conversation_members (tenant_id, kind, id, conversation_number);

-- Co-owners stand behind the assignee in owned_by.
CREATE TABLE conversation_owners (
  tenant_id  bigint NOT NULL,
  conversation_number bigint NOT NULL,
  kind       text NOT NULL CHECK (kind IN ('user', 'bot', 'system')),
  id         bigint NOT NULL,
  position   integer NOT NULL DEFAULT 0,
  PRIMARY KEY (tenant_id, conversation_number, kind, id),
  FOREIGN KEY (tenant_id, conversation_number) REFERENCES conversations ON DELETE CASCADE
);
CREATE INDEX conversation_owners_owner ON conversation_owners (tenant_id, kind, id, conversation_number);

CREATE TABLE conversation_parts (
  tenant_id  bigint NOT NULL,
  conversation_number bigint NOT NULL,
  part_id    bigint NOT NULL,
  position   integer NOT NULL DEFAULT 0,
  PRIMARY KEY (tenant_id, conversation_number, part_id),
  FOREIGN KEY (tenant_id, conversation_number) REFERENCES conversations ON DELETE CASCADE,
  FOREIGN KEY (tenant_id, part_id) REFERENCES parts
);
CREATE INDEX conversation_parts_part ON conversation_parts (tenant_id, part_id, conversation_number);

-- Channels beside the conversation's own inbox (DevRev: channels).
CREATE TABLE conversation_channels (
  tenant_id  bigint NOT NULL,
  conversation_number bigint NOT NULL,
  inbox_id   bigint NOT NULL,
  position   integer NOT NULL DEFAULT 0,
  PRIMARY KEY (tenant_id, conversation_number, inbox_id),
  FOREIGN KEY (tenant_id, conversation_number) REFERENCES conversations ON DELETE CASCADE,
  FOREIGN KEY (tenant_id, inbox_id) REFERENCES inboxes
);
CREATE INDEX conversation_channels_inbox ON conversation_channels (tenant_id, inbox_id, conversation_number);

CREATE TABLE mentions (
  tenant_id  bigint NOT NULL,
  conversation_number bigint NOT NULL,
  user_id    bigint NOT NULL,
  mentioned_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, user_id, conversation_number),
  FOREIGN KEY (tenant_id, conversation_number) REFERENCES conversations ON DELETE CASCADE
);
CREATE INDEX mentions_conversation ON mentions (tenant_id, conversation_number);

ALTER TABLE sla_trackers ADD FOREIGN KEY (tenant_id, conversation_number) REFERENCES conversations ON DELETE CASCADE;

-- Counts: an append-only table of deltas, summed when asked, rolled up by a job. No row is ever updated, so
-- writers never wait for each other (stack.md: counter rows deadlock at 8 writers).
CREATE TABLE conversation_tallies (
  tenant_id  bigint NOT NULL,
  status     text NOT NULL,
  inbox_id   bigint NOT NULL,
  team_id    bigint NOT NULL,
  assignee_user_id bigint NOT NULL,
  delta      bigint NOT NULL
);
CREATE INDEX conversation_tallies_all ON conversation_tallies (tenant_id, status, inbox_id, team_id, assignee_user_id) INCLUDE (delta);
COMMENT ON TABLE conversation_tallies IS '0 stands for no team, no assignee';

CREATE FUNCTION tally_conversation() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP <> 'INSERT' THEN
    INSERT INTO conversation_tallies VALUES
      (OLD.tenant_id, OLD.status, OLD.inbox_id, coalesce(OLD.team_id, 0), coalesce(OLD.assignee_user_id, 0), -1);
  END IF;
  IF TG_OP <> 'DELETE' THEN
    INSERT INTO conversation_tallies VALUES
      (NEW.tenant_id, NEW.status, NEW.inbox_id, coalesce(NEW.team_id, 0), coalesce(NEW.assignee_user_id, 0), 1);
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER tally_row AFTER INSERT OR DELETE ON conversations
  FOR EACH ROW EXECUTE FUNCTION tally_conversation();
CREATE TRIGGER tally_change AFTER UPDATE ON conversations FOR EACH ROW
  WHEN ((OLD.status, OLD.inbox_id, OLD.team_id, OLD.assignee_user_id)
        IS DISTINCT FROM (NEW.status, NEW.inbox_id, NEW.team_id, NEW.assignee_user_id))
  EXECUTE FUNCTION tally_conversation();
