-- reserve_message_ids: a block of ascending message ids, with gaps where others took some meanwhile
SELECT array_agg(nextval('message_ids')) AS ids FROM generate_series(1, $1::bigint)

-- read_marker: what a load wrote about itself into its tenant; null where a tenant was made otherwise
SELECT t.settings -> 'loaded' AS marker FROM tenants t WHERE t.id = $1

-- write_marker: remembers what the tenant was loaded from
UPDATE tenants SET settings = settings || jsonb_build_object('loaded', $2::jsonb), features = $3 WHERE id = $1
