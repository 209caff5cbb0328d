-- count_attempt: one more sign-in from an address in its window; how many those are now, and when the window began
INSERT INTO login_attempts AS a (address, started_at, attempts) VALUES ($1, $2, 1)
ON CONFLICT (address) DO UPDATE SET
  attempts = CASE WHEN a.started_at <= $3 THEN 1 ELSE a.attempts + 1 END,
  started_at = CASE WHEN a.started_at <= $3 THEN EXCLUDED.started_at ELSE a.started_at END
RETURNING attempts, started_at

-- forgive_attempt: a sign-in that was right is not counted
UPDATE login_attempts SET attempts = attempts - 1 WHERE address = $1 AND attempts > 0

-- delete_old_attempts: windows that are over
DELETE FROM login_attempts WHERE started_at <= $1

-- get_account: who signs in, with the hash of their password
SELECT u.id, u.email, c.password_hash
FROM users u LEFT JOIN credentials c ON c.user_id = u.id WHERE lower(u.email) = lower($1)

-- insert_one_time_token: a link that works once
INSERT INTO one_time_tokens (token_hash, user_id, kind, expires_at) VALUES ($1, $2, $3, $4)

-- use_one_time_token: takes a link; no row for one that does not work any more
DELETE FROM one_time_tokens WHERE token_hash = $1 AND kind = $2 RETURNING user_id, expires_at > $3 AS works

-- delete_one_time_tokens: a user's links, and everybody's whose time is over
DELETE FROM one_time_tokens WHERE (user_id = $1 AND kind = $2) OR expires_at <= $3
