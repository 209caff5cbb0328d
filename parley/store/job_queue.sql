-- insert_job: a job that is to run as soon as it can
INSERT INTO jobs (tenant_id, kind, title, payload, created_by, modified_by, created_at, updated_at, run_at, artifact_ids)
VALUES ($1, $2, $3, $4::text::jsonb, $5, $5, $6, $6, $6, $7) RETURNING id

-- get_job: a job of this kind
SELECT j.id, j.kind, j.state, j.result, j.last_error, j.artifact_ids, j.created_by, j.created_at, j.updated_at
FROM jobs j WHERE j.tenant_id = $1 AND j.id = $2 AND j.kind = $3

-- tenants_with_jobs: which tenants have a job of these kinds to run now
SELECT w.tenant AS tenant_id FROM tenants_with_jobs($1, $2) w

-- claim: the oldest due job of these kinds, whoever had it before; nobody else claims it until its lease ends
UPDATE jobs j SET state = 'running', attempts = j.attempts + 1, run_at = $4
WHERE j.tenant_id = $1 AND j.id = (
  SELECT d.id FROM jobs d
  WHERE d.tenant_id = $1 AND d.kind = ANY ($2::text[]) AND d.state IN ('queued', 'running') AND d.run_at <= $3
  ORDER BY d.run_at, d.id LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING j.id, j.kind, j.attempts, j.payload, j.result, j.created_by

-- keep: how far a claimed job is, and how long it is still claimed
UPDATE jobs j SET result = $4::text::jsonb, run_at = $5, state = $6, updated_at = clock_timestamp()
WHERE j.tenant_id = $1 AND j.id = $2 AND j.attempts = $3 AND j.state = 'running'

-- finish: a claimed job is done
UPDATE jobs j SET state = 'done', progress = 100, result = $4::text::jsonb, artifact_ids = $5, last_error = NULL, updated_at = $6
WHERE j.tenant_id = $1 AND j.id = $2 AND j.attempts = $3 AND j.state = 'running'

-- fail: a claimed job failed, for good or until it is tried again
UPDATE jobs j SET state = CASE WHEN $5::timestamptz IS NULL THEN 'failed' ELSE 'queued' END, run_at = coalesce($5, j.run_at),
  last_error = $4, updated_at = $6, result = $7::text::jsonb
WHERE j.tenant_id = $1 AND j.id = $2 AND j.attempts = $3 AND j.state = 'running'
