-- lock_schedule: a schedule's status, locked for this transaction
SELECT s.status FROM org_schedules s WHERE s.tenant_id = $1 AND s.id = $2 FOR UPDATE

-- keep_version: a copy of a schedule under its version
INSERT INTO org_schedule_versions (tenant_id, schedule_id, version_number, name, status, timezone, valid_until, min_valid_days,
  default_week, weeks, fragment_ids, created_at, updated_at, created_by, modified_by)
SELECT $1, s.id, s.version, s.name, s.status, s.timezone, s.valid_until, s.min_valid_days, s.default_week, s.weeks, s.fragment_ids,
  s.created_at, s.updated_at, s.created_by, s.modified_by
FROM org_schedules s WHERE s.tenant_id = $1 AND s.id = $2
ON CONFLICT (tenant_id, schedule_id, version_number) DO NOTHING

-- get_version: a schedule as it was
SELECT v.schedule_id AS id, v.name, v.status, v.timezone, v.valid_until, v.min_valid_days, v.default_week, v.weeks, v.fragment_ids,
       v.version_number, v.created_at, v.updated_at, v.created_by, v.modified_by
FROM org_schedule_versions v WHERE v.tenant_id = $1 AND v.schedule_id = $2 AND v.version_number = $3
