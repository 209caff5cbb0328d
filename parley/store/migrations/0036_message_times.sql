-- Reports count messages of a span. The block range index that they had lost to a walk through the tenant's whole timeline as
-- often as not (estimates as good as equal; 160 ms against 23 at 2 million messages, and growing with the tenant, not the span).
CREATE INDEX messages_sent ON messages (tenant_id, kind, created_at) WHERE kind IN ('incoming', 'outgoing');
DROP INDEX messages_time;
