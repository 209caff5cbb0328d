-- get_conversations: conversations by number with the ids of what they carry
SELECT c.number, c.uuid::text AS uuid, c.title, c.description, c.stage_id, c.status, c.priority, c.inbox_id, c.contact_id, c.contact_point_id,
       c.workspace_id, c.company_id, c.team_id, c.brand_id, c.campaign_id, c.sla_policy_id, c.assignee_user_id, c.assignee_bot_id,
       c.owner_agent_id, c.source_channel, c.subtype, c.is_spam, c.is_frozen, c.is_creator_verified, c.url_context, c.identifier,
       c.additional_attributes, c.custom_fields, c.sentiment, c.sentiment_summary, c.sentiment_modified_at,
       c.created_by_kind, c.created_by_id, c.modified_by_kind, c.modified_by_id, c.created_at, c.modified_at, c.last_activity_at,
       c.closed_at, c.snoozed_until, c.first_reply_at, c.waiting_since, c.agent_last_seen_at, c.assignee_last_seen_at,
       c.contact_last_seen_at, c.last_incoming_at, c.last_external_message_at, c.unread_count, c.version,
       ARRAY(SELECT t.tag_id FROM conversation_tags t
             WHERE t.tenant_id = $1 AND t.conversation_number = c.number ORDER BY t.position, t.tag_id) AS tag_ids,
       ARRAY(SELECT t.value FROM conversation_tags t
             WHERE t.tenant_id = $1 AND t.conversation_number = c.number ORDER BY t.position, t.tag_id) AS tag_values,
       ARRAY(SELECT m.kind || ':' || m.id FROM conversation_members m
             WHERE m.tenant_id = $1 AND m.conversation_number = c.number ORDER BY m.created_at, m.kind, m.id) AS members,
       ARRAY(SELECT o.kind || ':' || o.id FROM conversation_owners o
             WHERE o.tenant_id = $1 AND o.conversation_number = c.number ORDER BY o.position, o.kind, o.id) AS co_owners,
       ARRAY(SELECT p.part_id FROM conversation_parts p
             WHERE p.tenant_id = $1 AND p.conversation_number = c.number ORDER BY p.position, p.part_id) AS part_ids,
       ARRAY(SELECT h.inbox_id FROM conversation_channels h
             WHERE h.tenant_id = $1 AND h.conversation_number = c.number ORDER BY h.position, h.inbox_id) AS channel_ids
FROM conversations c
WHERE c.tenant_id = $1 AND c.number = ANY ($2::bigint[])

-- list_stages: every stage of the tenant with its state
SELECT s.id, s.name, s.ordinal, s.notes, s.chatwoot_status, t.id AS state_id, t.name AS state_name, t.is_final AS state_is_final
FROM stages s
JOIN states t ON t.tenant_id = $1 AND t.id = s.state_id
WHERE s.tenant_id = $1
ORDER BY s.ordinal, s.id

-- get_tags: tags by id
SELECT t.id, t.name, t.color FROM tags t WHERE t.tenant_id = $1 AND t.id = ANY ($2::bigint[])

-- get_parts: parts by id
SELECT p.id, p.kind, p.name, p.owner_ids FROM parts p WHERE p.tenant_id = $1 AND p.id = ANY ($2::bigint[])

-- list_schema_fragments: the schema fragments of conversations
SELECT f.id, f.kind, f.subtype, f.app FROM schema_fragments f WHERE f.tenant_id = $1 AND f.leaf_type = 'conversation' ORDER BY f.id

-- list_schema: every stage with its state and, under the same columns, the schema fragments of conversations
SELECT TRUE AS is_stage, s.id, s.name, s.ordinal, s.notes, s.chatwoot_status, t.id AS state_id, t.name AS state_name, t.is_final AS state_is_final
FROM stages s
JOIN states t ON t.tenant_id = $1 AND t.id = s.state_id
WHERE s.tenant_id = $1
UNION ALL
SELECT FALSE, f.id, f.kind, NULL, f.subtype, f.app, NULL, NULL, NULL
FROM schema_fragments f WHERE f.tenant_id = $1 AND f.leaf_type = 'conversation'
ORDER BY is_stage, ordinal, id

-- list_field_definitions: every custom field of a noun
SELECT f.id, f.namespace, f.subtype, f.key, f.display_name, f.description, f.field_type, f.allowed_values, f.default_value,
       f.is_filterable, f.is_immutable, f.is_pii, f.is_required, f.origin, f.mfz, f.oasis, f.ui,
       f.constraints, f.leaf_type
FROM custom_fields f WHERE f.tenant_id = $1 AND f.noun = $2 ORDER BY f.id

-- get_origins: where rows of one noun came from
SELECT o.local_id, o.system, o.external_id, o.in_status, o.in_at, o.out_status, o.out_at,
       u.id AS unit_id, u.name AS unit_name, u.external_system_type AS unit_system_type, u.is_archived AS unit_is_archived,
       u.sync_type AS unit_sync_type, u.run_mode AS unit_run_mode, u.run_state AS unit_run_state
FROM origins o
LEFT JOIN sync_units u ON u.tenant_id = $1 AND u.id = o.sync_unit_id
WHERE o.tenant_id = $1 AND o.noun = $2 AND o.local_id = ANY ($3::bigint[])

-- get_trackers: SLA trackers of conversations, with their policies
SELECT t.id, t.conversation_number, p.id AS policy_id, p.name AS policy_name, p.description AS policy_description,
       p.sla_type AS policy_type, p.status AS policy_status, p.first_response_s, p.next_response_s, p.resolution_s,
       p.only_during_business_hours, t.policy_name AS matched_policy, t.stage, t.status, t.closest_metric_id,
       t.created_by_kind, t.created_by_id, t.modified_by_kind, t.modified_by_id, t.as_of, t.created_at, t.updated_at
FROM sla_trackers t
JOIN sla_policies p ON p.tenant_id = $1 AND p.id = t.sla_policy_id
WHERE t.tenant_id = $1 AND t.conversation_number = ANY ($2::bigint[])

-- get_metrics: the targets of trackers, with their definitions and schedules
SELECT m.tracker_id, m.metric_id, d.name AS metric_name, m.stage, m.status, m.target_at, m.warning_target_at, m.breached_at,
       m.completed_at, m.completed_in_s, m.remaining_s, m.next_schedule_transition_at, m.in_policy, m.is_out_of_schedule,
       m.removed_at, m.removed_by_kind, m.removed_by_id,
       s.id AS schedule_id, s.name AS schedule_name, s.status AS schedule_status, s.timezone AS schedule_timezone,
       s.valid_until AS schedule_valid_until
FROM sla_metrics m
JOIN metric_definitions d ON d.tenant_id = $1 AND d.id = m.metric_id
LEFT JOIN org_schedules s ON s.tenant_id = $1 AND s.id = m.org_schedule_id
WHERE m.tenant_id = $1 AND m.tracker_id = ANY ($2::bigint[])
ORDER BY m.tracker_id, m.metric_id

-- get_sla_events: missed targets of trackers
SELECT e.id, e.tracker_id, e.kind, e.meta, e.created_at, e.updated_at
FROM sla_events e WHERE e.tenant_id = $1 AND e.tracker_id = ANY ($2::bigint[]) ORDER BY e.id
