-- Inboxes as an administrator sets them up: what the public API finds them by, secrets, hours, a picture; and campaigns, which are kept.

-- What of a channel is looked up or secret has a column of its own; channel keeps the rest, settings what every kind has.
ALTER TABLE inboxes
  ADD COLUMN IF NOT EXISTS identifier text,
  ADD COLUMN IF NOT EXISTS hmac_token text,
  ADD COLUMN IF NOT EXISTS hmac_mandatory boolean NOT NULL DEFAULT false,
  ADD COLUMN webhook_secret text,
  ADD COLUMN channel_secrets jsonb NOT NULL DEFAULT '{}',
  ADD COLUMN working_hours jsonb NOT NULL DEFAULT '[
    {"day_of_week": 0, "closed_all_day": true, "open_hour": null, "open_minutes": null, "close_hour": null, "close_minutes": null, "open_all_day": false},
    {"day_of_week": 1, "closed_all_day": false, "open_hour": 9, "open_minutes": 0, "close_hour": 17, "close_minutes": 0, "open_all_day": false},
    {"day_of_week": 2, "closed_all_day": false, "open_hour": 9, "open_minutes": 0, "close_hour": 17, "close_minutes": 0, "open_all_day": false},
    {"day_of_week": 3, "closed_all_day": false, "open_hour": 9, "open_minutes": 0, "close_hour": 17, "close_minutes": 0, "open_all_day": false},
    {"day_of_week": 4, "closed_all_day": false, "open_hour": 9, "open_minutes": 0, "close_hour": 17, "close_minutes": 0, "open_all_day": false},
    {"day_of_week": 5, "closed_all_day": false, "open_hour": 9, "open_minutes": 0, "close_hour": 17, "close_minutes": 0, "open_all_day": false},
    {"day_of_week": 6, "closed_all_day": true, "open_hour": null, "open_minutes": null, "close_hour": null, "close_minutes": null, "open_all_day": false}
  ]',
  ADD COLUMN avatar_id bigint,
  ADD COLUMN deleted_at timestamptz,
  ADD COLUMN deleted_by text;
COMMENT ON COLUMN inboxes.identifier IS 'names the inbox in the public API, on the whole server';
COMMENT ON COLUMN inboxes.hmac_token IS 'in clear: what contacts claim to be is checked with it';
COMMENT ON COLUMN inboxes.webhook_secret IS 'in clear: posts to the channel''s webhook_url are signed with it';
COMMENT ON COLUMN inboxes.channel_secrets IS 'passwords and keys of the channel, shown to administrators';
COMMENT ON COLUMN inboxes.working_hours IS 'seven days from Sunday, in the inbox''s time zone';
COMMENT ON COLUMN inboxes.deleted_at IS 'nobody sees it any more; a job deletes its conversations, then the row';
CREATE INDEX inboxes_avatar ON inboxes (tenant_id, avatar_id) WHERE avatar_id IS NOT NULL;
CREATE INDEX inboxes_deleted ON inboxes (tenant_id, id) WHERE deleted_at IS NOT NULL;

-- However an inbox is made, by an import too, its clients find it and can prove who they are. An imported channel keeps the
-- identifier that they know, unless another tenant of this server has it; its secrets stay behind, so it gets new ones.
CREATE FUNCTION keep_channel_columns() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  known  text := NEW.channel->>'identifier';
  random text := replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', '');
  secret text := replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', '');
BEGIN
  IF NEW.kind = 'api' AND NEW.identifier IS NULL THEN
    NEW.identifier := CASE WHEN known IS NULL OR EXISTS (SELECT FROM inboxes i WHERE i.identifier = known) THEN random ELSE known END;
  END IF;
  IF NEW.kind IN ('api', 'web_widget') THEN
    NEW.hmac_token := coalesce(NEW.hmac_token, secret);
  END IF;
  IF NEW.kind = 'api' AND NEW.webhook_secret IS NULL THEN
    NEW.webhook_secret := replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', '');
  END IF;
  IF jsonb_typeof(NEW.channel->'hmac_mandatory') = 'boolean' THEN
    NEW.hmac_mandatory := (NEW.channel->>'hmac_mandatory')::boolean;
  END IF;
  RETURN NEW;
END $$;
REVOKE EXECUTE ON FUNCTION keep_channel_columns() FROM PUBLIC;
CREATE TRIGGER keep_channel_columns BEFORE INSERT OR UPDATE OF channel ON inboxes FOR EACH ROW
  WHEN (NEW.deleted_at IS NULL) EXECUTE FUNCTION keep_channel_columns();
CREATE UNIQUE INDEX IF NOT EXISTS inboxes_identifier ON inboxes (identifier) WHERE identifier IS NOT NULL;
UPDATE inboxes SET channel = channel;

-- Which tenants have inboxes to finish deleting; tells ids and nothing else.
CREATE FUNCTION tenants_with_deleted_inboxes() RETURNS TABLE (tenant bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT DISTINCT i.tenant_id FROM inboxes i WHERE i.deleted_at IS NOT NULL
$$;

ALTER TABLE campaigns
  ALTER COLUMN display_id DROP NOT NULL,
  ADD COLUMN created_by text,
  ADD COLUMN modified_by text;
COMMENT ON COLUMN campaigns.display_id IS 'the number in its source; null: its id';
CREATE INDEX campaigns_number ON campaigns (tenant_id, (coalesce(display_id, id)));
CREATE INDEX campaigns_inbox ON campaigns (tenant_id, inbox_id);
