-- What reports count by: how long each conversation waited, was answered, was solved. A trigger writes them in the
-- transaction of the change, so that they are never wrong, whatever made it (Chatwoot: reporting_events).

CREATE SEQUENCE reporting_event_ids;
GRANT USAGE ON SEQUENCE reporting_event_ids TO parley_app;
CREATE TABLE reporting_events (
  tenant_id  bigint NOT NULL REFERENCES tenants ON DELETE CASCADE,
  id         bigint NOT NULL DEFAULT nextval('reporting_event_ids'),
  name       text NOT NULL CHECK (name IN ('first_response', 'reply_time', 'conversation_resolved', 'conversation_opened',
                                           'conversation_bot_resolved', 'conversation_bot_handoff')),
  value      double precision NOT NULL,
  value_in_business_hours double precision NOT NULL,
  started_at timestamptz NOT NULL,
  ended_at   timestamptz NOT NULL,
  conversation_number bigint NOT NULL,
  inbox_id   bigint NOT NULL,
  user_id    bigint,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, conversation_number) REFERENCES conversations ON DELETE CASCADE
);
COMMENT ON COLUMN reporting_events.value IS 'seconds from started_at to ended_at';
COMMENT ON COLUMN reporting_events.user_id IS 'who had the conversation then';
CREATE INDEX reporting_events_name ON reporting_events (tenant_id, name, ended_at) INCLUDE (value, value_in_business_hours, user_id, inbox_id);
CREATE INDEX reporting_events_conversation ON reporting_events (tenant_id, conversation_number, ended_at);
CREATE INDEX reporting_events_time ON reporting_events (tenant_id, ended_at, id);
SELECT protect('reporting_events');

-- Reports count messages of a time; they arrive in its order, so a few pages of a block range index do for millions.
CREATE INDEX messages_time ON messages USING brin (created_at) WITH (pages_per_range = 32, autosummarize = on);

-- Seconds between two moments in which an inbox works; 0 where it keeps no hours, as the original counts.
CREATE FUNCTION business_seconds(in_tenant bigint, in_inbox bigint, from_at timestamptz, to_at timestamptz) RETURNS double precision
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
  SELECT coalesce(sum(extract(epoch FROM least(hours.closes, to_at) - greatest(hours.opens, from_at))), 0)
  FROM inboxes i
  CROSS JOIN LATERAL generate_series(
    date_trunc('day', from_at AT TIME ZONE i.timezone), to_at AT TIME ZONE i.timezone, interval '1 day') AS day
  CROSS JOIN LATERAL jsonb_to_recordset(i.working_hours) AS w(
    day_of_week int, closed_all_day boolean, open_all_day boolean, open_hour int, open_minutes int, close_hour int, close_minutes int)
  CROSS JOIN LATERAL (
    SELECT CASE WHEN w.open_all_day THEN day ELSE day + make_interval(hours => w.open_hour, mins => coalesce(w.open_minutes, 0)) END
             AT TIME ZONE i.timezone AS opens,
           CASE WHEN w.open_all_day THEN day + interval '1 day'
                ELSE day + make_interval(hours => w.close_hour, mins => coalesce(w.close_minutes, 0)) END AT TIME ZONE i.timezone AS closes
  ) AS hours
  WHERE i.tenant_id = in_tenant AND i.id = in_inbox AND coalesce((i.settings->>'working_hours_enabled')::boolean, false)
    AND w.day_of_week = extract(dow FROM day) AND NOT coalesce(w.closed_all_day, false)
    AND hours.opens < to_at AND hours.closes > from_at
$$;

CREATE FUNCTION insert_reporting_event(c conversations, event text, from_at timestamptz, to_at timestamptz) RETURNS void
LANGUAGE sql SET search_path = public, pg_temp AS $$
  INSERT INTO reporting_events (tenant_id, name, value, value_in_business_hours, started_at, ended_at, conversation_number, inbox_id, user_id)
  SELECT c.tenant_id, event, greatest(extract(epoch FROM to_at - from_at), 0), business_seconds(c.tenant_id, c.inbox_id, from_at, to_at),
         from_at, greatest(to_at, from_at), c.number, c.inbox_id, c.assignee_user_id
$$;

-- modified_at is when the change was made; a reply clears waiting_since without resolving.
CREATE FUNCTION keep_reporting_events() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  is_bots boolean;
BEGIN
  IF NEW.first_reply_at IS NOT NULL AND OLD.first_reply_at IS NULL THEN
    PERFORM insert_reporting_event(NEW, 'first_response', NEW.created_at, NEW.first_reply_at);
  ELSIF NEW.waiting_since IS NULL AND OLD.waiting_since IS NOT NULL AND NEW.modified_by_kind = 'user'
        AND NEW.last_external_message_at IS DISTINCT FROM OLD.last_external_message_at THEN
    PERFORM insert_reporting_event(NEW, 'reply_time', OLD.waiting_since, NEW.last_external_message_at);
  END IF;
  IF NEW.status IS DISTINCT FROM OLD.status THEN
    IF NEW.status = 'resolved' THEN
      PERFORM insert_reporting_event(NEW, 'conversation_resolved', NEW.created_at, NEW.modified_at);
      SELECT i.active_bot_id IS NOT NULL INTO is_bots FROM inboxes i WHERE i.tenant_id = NEW.tenant_id AND i.id = NEW.inbox_id;
      IF is_bots AND NEW.first_reply_at IS NULL AND NEW.assignee_user_id IS NULL THEN
        PERFORM insert_reporting_event(NEW, 'conversation_bot_resolved', NEW.created_at, NEW.modified_at);
      END IF;
    ELSIF OLD.status = 'resolved' THEN
      PERFORM insert_reporting_event(NEW, 'conversation_opened', coalesce(OLD.closed_at, OLD.modified_at), NEW.modified_at);
    ELSIF OLD.status = 'pending' AND NEW.status = 'open' AND NEW.modified_by_kind = 'bot' THEN
      PERFORM insert_reporting_event(NEW, 'conversation_bot_handoff', NEW.created_at, NEW.modified_at);
    END IF;
  END IF;
  RETURN NULL;
END $$;
REVOKE EXECUTE ON FUNCTION keep_reporting_events(), insert_reporting_event(conversations, text, timestamptz, timestamptz) FROM PUBLIC;
CREATE TRIGGER keep_reporting_events AFTER UPDATE OF status, first_reply_at, waiting_since ON conversations FOR EACH ROW
  WHEN (current_setting('parley.bulk', true) IS DISTINCT FROM 'on'
        AND (OLD.status IS DISTINCT FROM NEW.status OR (OLD.first_reply_at IS NULL) <> (NEW.first_reply_at IS NULL)
             OR (OLD.waiting_since IS NOT NULL AND NEW.waiting_since IS NULL)))
  EXECUTE FUNCTION keep_reporting_events();

-- What came before: each conversation's first answer and, where it is solved now, its end. How often it was solved before that, and
-- how long each answer took, nobody kept. The same for imported ones, after each import (store/reports.sql, backfill).
INSERT INTO reporting_events (tenant_id, name, value, value_in_business_hours, started_at, ended_at, conversation_number, inbox_id, user_id)
SELECT c.tenant_id, e.name, greatest(extract(epoch FROM e.at - c.created_at), 0), business_seconds(c.tenant_id, c.inbox_id, c.created_at, e.at),
       c.created_at, greatest(e.at, c.created_at), c.number, c.inbox_id, c.assignee_user_id
FROM conversations c
CROSS JOIN LATERAL (VALUES ('first_response', c.first_reply_at),
                           ('conversation_resolved', CASE WHEN c.status = 'resolved' THEN coalesce(c.closed_at, c.modified_at) END)) AS e(name, at)
WHERE e.at IS NOT NULL
ORDER BY c.tenant_id, c.number, e.name;
