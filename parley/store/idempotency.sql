-- begin: claims a key for a request; no row when a younger claim than $6 exists. Waits for a twin that has it open
INSERT INTO idempotency_keys AS k (tenant_id, owner, key, request_hash, created_at) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (tenant_id, owner, key) DO UPDATE
  SET request_hash = EXCLUDED.request_hash, created_at = EXCLUDED.created_at, status = NULL, body = NULL
  WHERE k.tenant_id = $1 AND k.created_at < $6
RETURNING k.key

-- get_answer: what the first request with this key was, and what it was answered
SELECT k.request_hash, k.status, k.body FROM idempotency_keys k WHERE k.tenant_id = $1 AND k.owner = $2 AND k.key = $3

-- finish: the answer of the request that claimed the key
UPDATE idempotency_keys k SET status = $4, body = $5 WHERE k.tenant_id = $1 AND k.owner = $2 AND k.key = $3

-- forget: drops some of the tenant's keys from before $2
DELETE FROM idempotency_keys k USING (
  SELECT o.owner, o.key FROM idempotency_keys o WHERE o.tenant_id = $1 AND o.created_at < $2 LIMIT 20 FOR UPDATE SKIP LOCKED
) old WHERE k.tenant_id = $1 AND k.owner = old.owner AND k.key = old.key
