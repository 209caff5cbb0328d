-- Events are kept for a time.

-- Which tenants have events from before that time, read by everybody who has to; tells ids and nothing else.
-- Where no rule is active nobody reads for the rules: they begin at the head when the first one becomes active.
CREATE FUNCTION tenants_with_old_events(before timestamptz) RETURNS TABLE (tenant bigint, upto bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT h.tenant_id, r.upto FROM event_heads h
  LEFT JOIN notification_heads n ON n.tenant_id = h.tenant_id
  LEFT JOIN delivery_heads d ON d.tenant_id = h.tenant_id
  LEFT JOIN automation_progress p ON p.tenant_id = h.tenant_id
  CROSS JOIN LATERAL (
    SELECT least(h.position, coalesce(n.position, 0), coalesce(d.position, 0),
                 CASE WHEN EXISTS (SELECT FROM automation_rules a WHERE a.tenant_id = h.tenant_id AND a.active) THEN coalesce(p.position, 0)
                      ELSE h.position END) AS upto
  ) r
  WHERE r.upto > h.kept_after AND (
    SELECT e.created_at < before FROM events e WHERE e.tenant_id = h.tenant_id AND e.position > h.kept_after ORDER BY e.position LIMIT 1)
$$;
