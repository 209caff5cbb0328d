-- tenants_with_old_events: which tenants have events from before $1 that everybody has read, and up to which position that is
SELECT o.tenant, o.upto FROM tenants_with_old_events($1) o

-- find_end: of the next $4 positions up to $2 the last one up to which everything is from before $3, and how many that are
SELECT max(o.position) FILTER (WHERE o.is_old) AS position, count(*) FILTER (WHERE o.is_old) AS total FROM (
  SELECT f.position, bool_and(f.created_at < $3) OVER (ORDER BY f.position) AS is_old FROM (
    SELECT e.position, e.created_at FROM events e
    WHERE e.tenant_id = $1 AND e.position > (SELECT h.kept_after FROM event_heads h WHERE h.tenant_id = $1) AND e.position <= $2
    ORDER BY e.position LIMIT $4::bigint
  ) f
) o

-- delete_events: those up to $2 that are no longer kept, but for what an audit log and a contact's file tell of
DELETE FROM events e
WHERE e.tenant_id = $1 AND e.position > (SELECT h.kept_after FROM event_heads h WHERE h.tenant_id = $1) AND e.position <= $2
  AND NOT is_audited(e.kind) AND e.kind <> 'contact.personal_data'

-- set_kept_after: feeds begin after this position now
UPDATE event_heads h SET kept_after = greatest(h.kept_after, $2) WHERE h.tenant_id = $1
