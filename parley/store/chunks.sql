-- lock_indexing: whether this transaction is now the only one that indexes the tenant
SELECT pg_try_advisory_xact_lock(hashtextextended('parley.search', $1)) AS locked

-- take_queue: takes the queue rows of up to $2 conversations; the oldest message to read again of each
WITH picked AS MATERIALIZED (
  SELECT DISTINCT q.conversation_number FROM search_queue q WHERE q.tenant_id = $1 ORDER BY q.conversation_number LIMIT $2::bigint
), gone AS (
  DELETE FROM search_queue q USING picked p WHERE q.tenant_id = $1 AND q.conversation_number = p.conversation_number
  RETURNING q.conversation_number, q.message_id
)
SELECT g.conversation_number, min(g.message_id) AS message_id FROM gone g GROUP BY g.conversation_number

-- delete_chunks: drops the chunks that a queued message makes stale; tells from which message on each conversation is then packed
WITH start AS MATERIALIZED (
  SELECT n.number, least(
    coalesce(
      (SELECT CASE WHEN k.last_message_id >= n.message_id THEN k.first_message_id END FROM search_chunks k
       WHERE k.tenant_id = $1 AND k.conversation_number = n.number AND k.first_message_id <= n.message_id AND NOT k.is_guarded
       ORDER BY k.first_message_id DESC LIMIT 1),
      n.message_id),
    -- A run of small chunks at the end is packed together.
    (SELECT CASE WHEN count(*) = $4 AND max(octet_length(t.text)) < $5 THEN min(t.first_message_id) END
     FROM (SELECT k.first_message_id, k.text FROM search_chunks k
           WHERE k.tenant_id = $1 AND k.conversation_number = n.number AND NOT k.is_guarded
           ORDER BY k.first_message_id DESC LIMIT $4) t)) AS from_id
  FROM unnest($2::bigint[], $3::bigint[]) n (number, message_id)
), gone AS (
  DELETE FROM search_chunks k USING start s
  WHERE k.tenant_id = $1 AND k.conversation_number = s.number AND k.first_message_id >= s.from_id
)
SELECT s.number, s.from_id FROM start s

-- insert_chunks: packs the messages of conversations, each from a message on, into chunks
INSERT INTO search_chunks (tenant_id, conversation_number, first_message_id, last_message_id, is_guarded, text)
SELECT $1, p.conversation_number, min(p.id), max(p.id), p.is_guarded, string_agg(p.text, '' ORDER BY p.id)
FROM (
  SELECT b.*, count(*) FILTER (WHERE b.begins) OVER (PARTITION BY b.conversation_number, b.is_guarded ORDER BY b.id) AS chunk
  FROM (
    SELECT t.*, t.is_guarded OR octet_length(t.text) = chunk_fill(octet_length(t.text))
                OVER (PARTITION BY t.conversation_number, t.is_guarded ORDER BY t.id) AS begins
    FROM (
      SELECT m.conversation_number, m.id, lower(m.body) || chr(31) AS text,
             m.visibility = 'private' OR m.expires_at IS NOT NULL OR strpos(m.body, chr(31)) > 0 AS is_guarded
      FROM unnest($2::bigint[], $3::bigint[]) n (number, from_id)
      JOIN messages m ON m.tenant_id = $1 AND m.conversation_number = n.number AND m.id >= n.from_id
      WHERE m.kind IN ('incoming', 'outgoing') AND m.body IS NOT NULL
    ) t
  ) b
) p
GROUP BY p.conversation_number, p.is_guarded, p.chunk

-- queue_conversations: asks for conversations to be indexed whole, or for all where none are named
INSERT INTO search_queue (tenant_id, conversation_number, message_id)
SELECT $1, c.number, 0 FROM conversations c WHERE c.tenant_id = $1 AND ($2::bigint[] IS NULL OR c.number = ANY ($2))
