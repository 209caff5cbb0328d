-- What a bot answers is let go of when the bot is deleted, and filtered by: without this each read the whole tenant. It has a place
-- for what a bot answers only.
CREATE INDEX conversations_bot ON conversations (tenant_id, assignee_bot_id, number) WHERE assignee_bot_id IS NOT NULL;
