-- Answers kept ready: the encoded body of a conversation on each wire, with the version of everything that it shows (decision 0012).
-- Derived and unlogged: it is empty after a crash, may be emptied at any time, and is filled a moment after a read that found nothing.
CREATE UNLOGGED TABLE renderings (
  tenant_id           bigint NOT NULL,
  conversation_number bigint NOT NULL,
  wire                text NOT NULL,
  build               text NOT NULL,
  conversation_version bigint NOT NULL,
  nouns               bigint[] NOT NULL,
  versions            bigint[] NOT NULL,
  valid_until         timestamptz,
  body                bytea NOT NULL,
  PRIMARY KEY (tenant_id, conversation_number, wire)
) WITH (toast_tuple_target = 8160);
COMMENT ON COLUMN renderings.build IS 'of which code the body is: another release may show more';
COMMENT ON COLUMN renderings.conversation_version IS 'of the conversation, which whatever hangs on it raises too';
COMMENT ON COLUMN renderings.nouns IS 'what else it shows, as noun_version() reads it; versions run in parallel, 0 for what was not there';
COMMENT ON COLUMN renderings.valid_until IS 'when the first of its messages expires';
COMMENT ON COLUMN renderings.body IS 'JSON, with holes between control characters 1 where the caller or the clock decides';
SELECT protect('renderings');

-- What few change and many show: stages, schema, service levels, roles, the tenant itself. One version for all of it.
CREATE TABLE structure_versions (
  tenant_id bigint PRIMARY KEY REFERENCES tenants ON DELETE CASCADE,
  version   bigint NOT NULL DEFAULT 1
);
SELECT protect('structure_versions');

-- A noun is its id * 16 + its kind; one that is not there has version 0.
CREATE FUNCTION noun_versions(tenant bigint, nouns bigint[]) RETURNS TABLE (noun bigint, version bigint)
LANGUAGE plpgsql STABLE SET plan_cache_mode = force_generic_plan AS $$
BEGIN
  RETURN QUERY
    SELECT n.noun, coalesce(CASE n.noun & 15
      WHEN 0 THEN (SELECT v.version FROM structure_versions v WHERE v.tenant_id = tenant)
      WHEN 1 THEN (SELECT v.version FROM memberships v WHERE v.tenant_id = tenant AND v.user_id = n.noun >> 4)
      WHEN 2 THEN (SELECT v.version FROM contacts v WHERE v.tenant_id = tenant AND v.id = n.noun >> 4)
      WHEN 3 THEN (SELECT v.version FROM bots v WHERE v.tenant_id = tenant AND v.id = n.noun >> 4)
      WHEN 4 THEN (SELECT v.version FROM companies v WHERE v.tenant_id = tenant AND v.id = n.noun >> 4)
      WHEN 5 THEN (SELECT v.version FROM workspaces v WHERE v.tenant_id = tenant AND v.id = n.noun >> 4)
      WHEN 6 THEN (SELECT v.version FROM teams v WHERE v.tenant_id = tenant AND v.id = n.noun >> 4)
      WHEN 7 THEN (SELECT v.version FROM tags v WHERE v.tenant_id = tenant AND v.id = n.noun >> 4)
      WHEN 8 THEN (SELECT v.version FROM parts v WHERE v.tenant_id = tenant AND v.id = n.noun >> 4)
      WHEN 9 THEN (SELECT v.version FROM contact_points v WHERE v.tenant_id = tenant AND v.id = n.noun >> 4)
      WHEN 10 THEN (SELECT v.version FROM inboxes v WHERE v.tenant_id = tenant AND v.id = n.noun >> 4)
      WHEN 11 THEN (SELECT v.version FROM attachments v WHERE v.tenant_id = tenant AND v.id = n.noun >> 4)
      WHEN 13 THEN (SELECT v.version FROM sync_units v WHERE v.tenant_id = tenant AND v.id = n.noun >> 4)
    END, 0)
    FROM unnest(nouns) n (noun);
END $$;

-- The bodies of which every version still holds in the caller's snapshot. Not for a transaction that writes: what hangs on a
-- conversation raises its version when the transaction commits.
CREATE FUNCTION ready_renderings(tenant bigint, face text, code text, numbers bigint[])
RETURNS TABLE (found_number bigint, found_body bytea)
LANGUAGE plpgsql STABLE SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
BEGIN
  RETURN QUERY
    WITH kept AS MATERIALIZED (
      SELECT r.conversation_number, r.nouns, r.versions, r.body
      FROM unnest(numbers) n (number)
      JOIN conversations c ON c.tenant_id = tenant AND c.number = n.number
      JOIN renderings r ON r.tenant_id = tenant AND r.conversation_number = n.number AND r.wire = face
      WHERE r.build = code AND r.conversation_version = c.version AND (r.valid_until IS NULL OR r.valid_until > now())
    ), shown AS MATERIALIZED (
      SELECT DISTINCT u.noun, u.version FROM kept k CROSS JOIN LATERAL unnest(k.nouns, k.versions) u (noun, version)
    ), cooled AS MATERIALIZED (
      -- Most often there are none.
      SELECT s.noun, s.version FROM shown s
      JOIN noun_versions(tenant, ARRAY(SELECT DISTINCT o.noun FROM shown o)) v ON v.noun = s.noun AND v.version <> s.version
    )
    SELECT k.conversation_number, k.body FROM kept k
    WHERE NOT EXISTS (SELECT FROM cooled)
       OR NOT EXISTS (SELECT FROM unnest(k.nouns, k.versions) u (noun, version), cooled o WHERE (o.noun, o.version) = (u.noun, u.version));
END $$;

-- An update that changes nothing raises it too: the next function takes a row that its transaction wrote for raised.
DROP TRIGGER raise_version ON conversations;
CREATE TRIGGER raise_version BEFORE UPDATE ON conversations FOR EACH ROW EXECUTE FUNCTION raise_version();

-- What a conversation carries raises its version, once in a transaction: a row that this one wrote has been raised.
CREATE FUNCTION cool_conversation(tenant bigint, wanted bigint) RETURNS void LANGUAGE sql AS $$
  UPDATE conversations c SET version = c.version + 1
  WHERE c.tenant_id = tenant AND c.number = wanted AND c.xmin <> pg_current_xact_id()::xid
$$;

-- By row, when the transaction commits: most have written the conversation itself by then.
CREATE FUNCTION cool_by_number() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF TG_OP <> 'INSERT' THEN
    PERFORM cool_conversation(OLD.tenant_id, OLD.conversation_number);
  END IF;
  IF TG_OP = 'INSERT' OR TG_OP = 'UPDATE' AND NEW.conversation_number <> OLD.conversation_number THEN
    PERFORM cool_conversation(NEW.tenant_id, NEW.conversation_number);
  END IF;
  RETURN NULL;
END $$;

CREATE FUNCTION cool_by_message() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF TG_OP <> 'INSERT' THEN
    PERFORM cool_conversation(m.tenant_id, m.conversation_number) FROM messages m WHERE m.tenant_id = OLD.tenant_id AND m.id = OLD.message_id;
  END IF;
  IF TG_OP = 'INSERT' OR TG_OP = 'UPDATE' AND NEW.message_id IS DISTINCT FROM OLD.message_id THEN
    PERFORM cool_conversation(m.tenant_id, m.conversation_number) FROM messages m WHERE m.tenant_id = NEW.tenant_id AND m.id = NEW.message_id;
  END IF;
  RETURN NULL;
END $$;

CREATE FUNCTION cool_by_tracker() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  changed record;
BEGIN
  IF TG_OP = 'DELETE' THEN
    changed := OLD;
  ELSE
    changed := NEW;
  END IF;
  PERFORM cool_conversation(t.tenant_id, t.conversation_number) FROM sla_trackers t
  WHERE t.tenant_id = changed.tenant_id AND t.id = changed.tracker_id;
  RETURN NULL;
END $$;

CREATE FUNCTION cool_by_origin() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  changed record;
BEGIN
  IF TG_OP = 'DELETE' THEN
    changed := OLD;
  ELSE
    changed := NEW;
  END IF;
  IF changed.noun = 'conversation' THEN
    PERFORM cool_conversation(changed.tenant_id, changed.local_id);
  ELSIF changed.noun = 'message' THEN
    PERFORM cool_conversation(m.tenant_id, m.conversation_number) FROM messages m
    WHERE m.tenant_id = changed.tenant_id AND m.id = changed.local_id;
  ELSIF changed.noun = 'team' THEN
    PERFORM raise_structure_of(changed.tenant_id);
  END IF;
  RETURN NULL;
END $$;

-- A bulk load (parley.bulk) would queue millions of rows for its commit: there it goes by statement.
CREATE FUNCTION cool_in_bulk() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF current_setting('parley.bulk', true) IS DISTINCT FROM 'on' THEN
    RETURN NULL;
  END IF;
  IF TG_ARGV[0] = 'number' THEN
    PERFORM cool_conversation(s.tenant_id, s.number)
    FROM (SELECT DISTINCT c.tenant_id, c.conversation_number AS number FROM changed c) s;
  ELSIF TG_ARGV[0] = 'message' THEN
    PERFORM cool_conversation(s.tenant_id, s.number)
    FROM (SELECT DISTINCT m.tenant_id, m.conversation_number AS number FROM changed c JOIN messages m ON m.tenant_id = c.tenant_id AND m.id = c.message_id) s;
  ELSIF TG_ARGV[0] = 'tracker' THEN
    PERFORM cool_conversation(s.tenant_id, s.number)
    FROM (SELECT DISTINCT t.tenant_id, t.conversation_number AS number FROM changed c JOIN sla_trackers t ON t.tenant_id = c.tenant_id AND t.id = c.tracker_id) s;
  ELSE
    PERFORM cool_conversation(s.tenant_id, s.number)
    FROM (SELECT c.tenant_id, c.local_id AS number FROM changed c WHERE c.noun = 'conversation'
          UNION
          SELECT m.tenant_id, m.conversation_number FROM changed c JOIN messages m ON c.noun = 'message' AND m.tenant_id = c.tenant_id AND m.id = c.local_id) s;
    PERFORM raise_structure_of(s.tenant_id) FROM (SELECT DISTINCT c.tenant_id FROM changed c WHERE c.noun = 'team') s;
  END IF;
  RETURN NULL;
END $$;

DO $$
DECLARE
  pair text[];
BEGIN
  FOREACH pair SLICE 1 IN ARRAY ARRAY[
    ['messages', 'number'], ['conversation_tags', 'number'], ['conversation_members', 'number'], ['conversation_owners', 'number'],
    ['conversation_parts', 'number'], ['conversation_channels', 'number'], ['sla_trackers', 'number'],
    ['reactions', 'message'], ['attachments', 'message'], ['sla_metrics', 'tracker'], ['sla_events', 'tracker'], ['origins', 'origin']]
  LOOP
    EXECUTE format('CREATE CONSTRAINT TRIGGER cool AFTER INSERT OR UPDATE OR DELETE ON %I DEFERRABLE INITIALLY DEFERRED FOR EACH ROW'
      ' WHEN (current_setting(''parley.bulk'', true) IS DISTINCT FROM ''on'') EXECUTE FUNCTION %I()', pair[1], 'cool_by_' || pair[2]);
    EXECUTE format('CREATE TRIGGER cool_bulk_insert AFTER INSERT ON %I REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION cool_in_bulk(%L)', pair[1], pair[2]);
    EXECUTE format('CREATE TRIGGER cool_bulk_update AFTER UPDATE ON %I REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION cool_in_bulk(%L)', pair[1], pair[2]);
    EXECUTE format('CREATE TRIGGER cool_bulk_update_from AFTER UPDATE ON %I REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION cool_in_bulk(%L)', pair[1], pair[2]);
    EXECUTE format('CREATE TRIGGER cool_bulk_delete AFTER DELETE ON %I REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION cool_in_bulk(%L)', pair[1], pair[2]);
  END LOOP;
END $$;

CREATE FUNCTION raise_structure_of(tenant bigint) RETURNS void LANGUAGE sql AS $$
  INSERT INTO structure_versions (tenant_id) SELECT t.id FROM tenants t WHERE t.id = tenant
  ON CONFLICT (tenant_id) DO UPDATE SET version = structure_versions.version + 1
$$;
CREATE FUNCTION raise_structure() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM raise_structure_of(s.tenant_id) FROM (SELECT DISTINCT c.tenant_id FROM changed c) s;
  RETURN NULL;
END $$;
CREATE FUNCTION raise_structure_of_tenant() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM raise_structure_of(NEW.id);
  RETURN NULL;
END $$;
DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['custom_roles', 'states', 'stages', 'schema_fragments', 'custom_fields', 'org_schedules',
    'metric_definitions', 'sla_policies']
  LOOP
    EXECUTE format('CREATE TRIGGER raise_structure_insert AFTER INSERT ON %I REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION raise_structure()', t);
    EXECUTE format('CREATE TRIGGER raise_structure_update AFTER UPDATE ON %I REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION raise_structure()', t);
    EXECUTE format('CREATE TRIGGER raise_structure_delete AFTER DELETE ON %I REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION raise_structure()', t);
  END LOOP;
END $$;
CREATE TRIGGER raise_structure AFTER UPDATE ON tenants FOR EACH ROW
  WHEN ((OLD.slug, OLD.name, OLD.status, OLD.features) IS DISTINCT FROM (NEW.slug, NEW.name, NEW.status, NEW.features))
  EXECUTE FUNCTION raise_structure_of_tenant();

-- Who was never here over a live connection is offline, and a body says so; once they were, their place in it is left open.
CREATE FUNCTION raise_version_of_present() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF TG_TABLE_NAME = 'user_presences' THEN
    UPDATE memberships m SET version = m.version + 1 WHERE m.tenant_id = NEW.tenant_id AND m.user_id = NEW.user_id;
  ELSE
    UPDATE contacts c SET version = c.version + 1 WHERE c.tenant_id = NEW.tenant_id AND c.id = NEW.contact_id;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER raise_version_of_present AFTER INSERT ON user_presences FOR EACH ROW EXECUTE FUNCTION raise_version_of_present();
CREATE TRIGGER raise_version_of_present AFTER INSERT ON contact_presences FOR EACH ROW EXECUTE FUNCTION raise_version_of_present();

-- What is gone leaves nothing behind; what was being kept at that moment goes with the next sweep.
CREATE FUNCTION drop_renderings() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  DELETE FROM renderings r USING gone g WHERE r.tenant_id = g.tenant_id AND r.conversation_number = g.number;
  RETURN NULL;
END $$;
CREATE TRIGGER drop_renderings AFTER DELETE ON conversations
  REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION drop_renderings();

-- Ids are never given out again, but an import may bring back what was deleted, under its id: the versions go on where they were.
CREATE TABLE gone_versions (
  tenant_id    bigint NOT NULL REFERENCES tenants ON DELETE CASCADE,
  noun         bigint NOT NULL,
  last_version bigint NOT NULL,
  PRIMARY KEY (tenant_id, noun)
);
COMMENT ON COLUMN gone_versions.noun IS 'as in renderings.nouns; conversations are kind 12';
SELECT protect('gone_versions');
CREATE FUNCTION note_gone_version() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  EXECUTE format('INSERT INTO gone_versions (tenant_id, noun, last_version)'
    ' SELECT g.tenant_id, g.%I * 16 + %L::bigint, g.version FROM gone g WHERE EXISTS (SELECT FROM tenants t WHERE t.id = g.tenant_id)'
    ' ON CONFLICT (tenant_id, noun) DO UPDATE SET last_version = EXCLUDED.last_version', TG_ARGV[1], TG_ARGV[0]);
  RETURN NULL;
END $$;
CREATE FUNCTION go_on_from_gone_version() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  id bigint;
BEGIN
  IF TG_ARGV[1] = 'number' THEN
    id := NEW.number;
  ELSIF TG_ARGV[1] = 'user_id' THEN
    id := NEW.user_id;
  ELSE
    id := NEW.id;
  END IF;
  SELECT g.last_version + 1 INTO NEW.version FROM gone_versions g WHERE g.tenant_id = NEW.tenant_id AND g.noun = id * 16 + TG_ARGV[0]::bigint;
  NEW.version := coalesce(NEW.version, 1);
  RETURN NEW;
END $$;
DO $$
DECLARE
  noun text[];
BEGIN
  FOREACH noun SLICE 1 IN ARRAY ARRAY[
    ['memberships', '1', 'user_id'], ['contacts', '2', 'id'], ['bots', '3', 'id'], ['companies', '4', 'id'], ['workspaces', '5', 'id'],
    ['teams', '6', 'id'], ['tags', '7', 'id'], ['parts', '8', 'id'], ['contact_points', '9', 'id'], ['inboxes', '10', 'id'],
    ['attachments', '11', 'id'], ['conversations', '12', 'number'], ['sync_units', '13', 'id']]
  LOOP
    EXECUTE format('CREATE TRIGGER note_gone_version AFTER DELETE ON %I REFERENCING OLD TABLE AS gone FOR EACH STATEMENT'
      ' EXECUTE FUNCTION note_gone_version(%L, %L)', noun[1], noun[2], noun[3]);
    EXECUTE format('CREATE TRIGGER go_on_from_gone_version BEFORE INSERT ON %I FOR EACH ROW'
      ' WHEN (current_setting(''parley.bulk'', true) = ''on'') EXECUTE FUNCTION go_on_from_gone_version(%L, %L)', noun[1], noun[2], noun[3]);
  END LOOP;
END $$;

CREATE FUNCTION drop_all_renderings() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  DELETE FROM renderings;
  RETURN NULL;
END $$;
CREATE TRIGGER drop_all_renderings AFTER TRUNCATE ON conversations FOR EACH STATEMENT EXECUTE FUNCTION drop_all_renderings();

REVOKE EXECUTE ON FUNCTION cool_conversation(bigint, bigint), raise_structure_of(bigint), cool_by_number(), cool_by_message(),
  cool_by_tracker(), cool_by_origin(), cool_in_bulk(), raise_structure(), raise_structure_of_tenant(), raise_version_of_present(), drop_renderings(), drop_all_renderings(),
  note_gone_version(), go_on_from_gone_version() FROM PUBLIC;

-- Which conversations look different to different callers, or change by themselves.
CREATE INDEX messages_apart ON messages (tenant_id, conversation_number) INCLUDE (visibility, expires_at)
  WHERE visibility = 'private' OR expires_at IS NOT NULL;
