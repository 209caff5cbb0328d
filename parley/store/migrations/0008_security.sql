-- Row-level security: the server's role sees the rows of the transaction's tenant, and none without one.
-- The owner of the tables is not bound by it (migrations, COPY loads, the functions below).

DO $$
DECLARE t regclass;
BEGIN
  FOR t IN
    SELECT c.oid::regclass FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
    WHERE c.relkind = 'r' AND c.relnamespace = current_schema()::regnamespace AND a.attname = 'tenant_id'
      AND c.relname NOT IN ('tokens', 'jobs')
  LOOP
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY tenant_isolation ON %s USING (tenant_id = current_tenant()) WITH CHECK (tenant_id = current_tenant())', t);
  END LOOP;
END $$;

-- Small nouns raise their version on each change that shows.
DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['custom_roles', 'memberships', 'bots', 'companies', 'workspaces', 'contacts', 'inboxes', 'teams',
    'contact_points', 'parts', 'brands', 'tags', 'states', 'stages', 'schema_fragments', 'custom_fields', 'campaigns', 'sync_units',
    'org_schedules', 'metric_definitions', 'sla_policies', 'sla_trackers', 'attachments']
  LOOP
    EXECUTE format('CREATE TRIGGER raise_version BEFORE UPDATE ON %I FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION raise_version()', t);
  END LOOP;
END $$;

GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO parley_app;
REVOKE INSERT, UPDATE, DELETE ON migrations FROM parley_app;
INSERT INTO server_secrets (name, secret)
SELECT name, decode(replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''), 'hex') FROM unnest(ARRAY['cursors', 'links']) name;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO parley_app;
REVOKE INSERT, UPDATE, DELETE ON server_secrets FROM parley_app;

CREATE FUNCTION require_tenant(wanted bigint) RETURNS void LANGUAGE plpgsql STABLE AS $$
BEGIN
  IF wanted IS DISTINCT FROM current_tenant() THEN
    RAISE EXCEPTION 'tenant % asked inside a transaction of tenant %', wanted, current_tenant() USING ERRCODE = '42501';
  END IF;
END $$;

-- LIKE is not leakproof, so under a policy it would lose its index: this returns numbers only (design.md, 2).
-- The pattern is lower-cased; apart: match message by message, for a pattern that could run across the separator.
-- A guarded hit carries the message to check; conversations still in the queue are left to the caller.
CREATE FUNCTION search_conversations(tenant bigint, pattern text, apart boolean, at_most bigint)
RETURNS TABLE (found_number bigint, guarded_message_id bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp
SET enable_seqscan = off SET plan_cache_mode = force_custom_plan SET jit = off ROWS 50000 AS $$
BEGIN
  PERFORM require_tenant(tenant);
  RETURN QUERY
    -- Materialized, so that the limit does not talk the planner out of the trigram index.
    WITH hit AS MATERIALIZED (
      SELECT k.conversation_number, CASE WHEN k.is_guarded THEN k.first_message_id END AS message_id
      FROM search_chunks k
      WHERE k.tenant_id = tenant AND k.text LIKE pattern
        AND (NOT apart OR k.is_guarded
             OR EXISTS (SELECT FROM unnest(string_to_array(k.text, U&'\001F')) t WHERE t LIKE pattern))
    )
    SELECT h.conversation_number, h.message_id FROM hit h
    WHERE NOT EXISTS (SELECT FROM search_queue q WHERE q.tenant_id = tenant AND q.conversation_number = h.conversation_number)
    LIMIT at_most;
END $$;

-- Which tenants have derived work waiting; tells ids and nothing else.
CREATE FUNCTION tenants_with_work() RETURNS TABLE (tenant bigint, unsequenced boolean, unindexed boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT t.id,
         EXISTS (SELECT FROM events e WHERE e.tenant_id = t.id AND e.position IS NULL),
         EXISTS (SELECT FROM search_queue q WHERE q.tenant_id = t.id)
  FROM tenants t
$$;

-- How many rows of deltas each tenant has; the roll-up job compares them with what its last run left.
CREATE FUNCTION tally_sizes() RETURNS TABLE (tenant bigint, total bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT t.tenant_id, count(*) FROM conversation_tallies t GROUP BY t.tenant_id
$$;
