-- queue_is_short: whether at most $2 conversations wait for the indexer
SELECT count(*) <= $2 AS short
FROM (SELECT DISTINCT q.conversation_number FROM search_queue q WHERE q.tenant_id = $1 LIMIT $2::bigint + 1) w

-- find_hits: up to $4 chunks with the text, as conversation and the message to check where the chunk is guarded
SELECT h.found_number, h.guarded_message_id FROM search_conversations($1, lower($2::text), $3, $4) h
