-- The baseline: the same JSON as ours, built by PostgreSQL (16 or newer) in one statement. `date(x)` and `ref(x)` are macros of baseline.py.
-- $1 tenant, $2 stage names (null for any), $3 how many, $4 caller as kind:id, $5 with changes,
-- $6 and $7 how DONs of the core and identity services begin (text).
WITH candidate AS MATERIALIZED (
  SELECT c.* FROM conversations c
  WHERE c.tenant_id = $1 AND ($2::text[] IS NULL OR c.stage_id = ANY (ARRAY(
    SELECT s.id FROM stages s WHERE s.tenant_id = $1 AND s.name = ANY ($2::text[]))))
  ORDER BY c.modified_at DESC, c.number DESC
  LIMIT $3::bigint + 1
), page AS MATERIALIZED (
  SELECT c.*, $6::text || 'conversation/' || c.number AS don, 'CONV-' || c.number AS display FROM candidate c
  ORDER BY c.modified_at DESC, c.number DESC
  LIMIT $3::bigint
), entry AS MATERIALIZED (
  SELECT p.don, p.display, m.* FROM page p
  CROSS JOIN LATERAL (
    SELECT * FROM messages m
    WHERE m.tenant_id = $1 AND m.conversation_number = p.number AND ($5::boolean OR m.kind <> 'activity')
      AND (m.expires_at IS NULL OR m.expires_at > now())
      AND (m.visibility <> 'private' OR m.author_kind || ':' || m.author_id = $4::text OR $4 = ANY (m.private_to))
    ORDER BY m.created_at DESC, m.id DESC
    LIMIT 10
  ) m
), person AS MATERIALIZED (
  SELECT 'user' AS kind, u.user_id AS id, JSON_OBJECT(
    'type': 'dev_user', 'display_id': 'DEVU-' || u.user_id, 'id': $7::text || 'devu/' || u.user_id,
    'display_name': coalesce(nullif(u.display_name, ''), u.name), 'full_name': u.name,
    'state': CASE WHEN u.left_at IS NOT NULL AND u.state = 'active' THEN 'deactivated' ELSE u.state END, 'email': u.email,
    'display_picture': CASE WHEN a.id IS NOT NULL THEN JSON_OBJECT('display_id': 'ARTIFACT-' || a.id, 'id': $6 || 'artifact/' || a.id,
      'file': JSON_OBJECT('type': a.content_type, 'name': a.file_name, 'size': a.byte_size ABSENT ON NULL)) END
    ABSENT ON NULL) AS json
  FROM memberships u LEFT JOIN attachments a ON a.tenant_id = $1 AND a.id = u.avatar_id
  WHERE u.tenant_id = $1
  UNION ALL
  SELECT 'bot', b.id, JSON_OBJECT(
    'type': CASE b.kind WHEN 'system' THEN 'sys_user' ELSE 'service_account' END,
    'display_id': CASE b.kind WHEN 'system' THEN 'SYSU-' ELSE 'SVCACC-' END || b.id,
    'id': $7 || CASE b.kind WHEN 'system' THEN 'sysu/' ELSE 'svcacc/' END || b.id,
    'display_name': b.name, 'full_name': b.name, 'state': b.state, 'email': b.email,
    'display_picture': CASE WHEN a.id IS NOT NULL THEN JSON_OBJECT('display_id': 'ARTIFACT-' || a.id, 'id': $6 || 'artifact/' || a.id,
      'file': JSON_OBJECT('type': a.content_type, 'name': a.file_name, 'size': a.byte_size ABSENT ON NULL)) END
    ABSENT ON NULL)
  FROM bots b LEFT JOIN attachments a ON a.tenant_id = $1 AND a.id = b.avatar_id
  WHERE b.tenant_id = $1
  UNION ALL
  SELECT 'contact', c.id, JSON_OBJECT(
    'type': 'rev_user', 'display_id': 'REVU-' || c.id, 'id': $7 || 'revu/' || c.id,
    'display_name': coalesce(nullif(c.display_name, ''), nullif(c.name, '')), 'full_name': nullif(c.name, ''), 'state': c.state,
    'email': c.email, 'external_ref': c.identifier,
    'rev_org': CASE WHEN w.id IS NOT NULL THEN JSON_OBJECT(
      'type': 'rev_org', 'display_id': 'REV-' || w.id, 'id': $7 || 'revo/' || w.id, 'display_name': w.name) END,
    'display_picture': CASE WHEN a.id IS NOT NULL THEN JSON_OBJECT('display_id': 'ARTIFACT-' || a.id, 'id': $6 || 'artifact/' || a.id,
      'file': JSON_OBJECT('type': a.content_type, 'name': a.file_name, 'size': a.byte_size ABSENT ON NULL)) END
    ABSENT ON NULL)
  FROM contacts c
  LEFT JOIN workspaces w ON w.tenant_id = $1 AND w.id = c.workspace_id
  LEFT JOIN attachments a ON a.tenant_id = $1 AND a.id = c.avatar_id
  WHERE c.tenant_id = $1 AND c.id = ANY (ARRAY(
    SELECT p.contact_id FROM page p UNION SELECT e.author_id FROM entry e WHERE e.author_kind = 'contact'
    UNION SELECT m.id FROM page p JOIN conversation_members m
      ON m.tenant_id = $1 AND m.conversation_number = p.number AND m.kind = 'contact'))
  UNION ALL
  SELECT 'system', 0, JSON_OBJECT('type': 'sys_user', 'display_id': 'SYSU-0', 'id': $7 || 'sysu/0',
    'display_name': 'System', 'full_name': 'System', 'state': 'active')
), stage AS MATERIALIZED (
  SELECT s.id, JSON_OBJECT('name': s.name, 'ordinal': s.ordinal, 'notes': s.notes,
    'stage': JSON_OBJECT('display_id': 'STAGE-' || s.id, 'id': $6 || 'custom_stage/' || s.id, 'name': s.name),
    'state': JSON_OBJECT('display_id': 'STATE-' || t.id, 'id': $6 || 'custom_state/' || t.id, 'name': t.name, 'is_final': t.is_final)
    ABSENT ON NULL) AS json
  FROM stages s JOIN states t ON t.tenant_id = $1 AND t.id = s.state_id WHERE s.tenant_id = $1
), descriptor AS MATERIALIZED (
  SELECT 'stage' AS name, JSON_OBJECT('name': 'stage', 'field_type': 'enum', 'allowed_values': (
    SELECT JSON_ARRAYAGG(s.name ORDER BY s.ordinal, s.id) FROM stages s WHERE s.tenant_id = $1)) AS json
  UNION ALL VALUES
    ('owned_by', '{"name":"owned_by","field_type":"array","base_type":"id","id_type":["dev_user","service_account","sys_user"]}'::json),
    ('tags', '{"name":"tags","field_type":"array","base_type":"text"}'::json),
    ('is_frozen', '{"name":"is_frozen","field_type":"bool"}'::json)
), delta AS (
  SELECT e.id, JSON_ARRAYAGG(JSON_OBJECT('name': d.value ->> 'field', 'field_descriptor': f.json,
    'old_value': CASE WHEN d.value #>> '{old,type}' = 'id_list' THEN o.json ELSE to_json(nullif(d.value -> 'old', 'null')) END,
    'new_value': CASE WHEN d.value #>> '{new,type}' = 'id_list' THEN n.json ELSE to_json(nullif(d.value -> 'new', 'null')) END
    ABSENT ON NULL) ORDER BY d.place) AS json
  FROM entry e
  CROSS JOIN LATERAL jsonb_array_elements(e.event -> 'deltas') WITH ORDINALITY d (value, place)
  LEFT JOIN descriptor f ON f.name = d.value ->> 'field'
  CROSS JOIN LATERAL (SELECT JSON_OBJECT('type': 'id_list', 'values': coalesce(JSON_ARRAYAGG(ref(v.one) ORDER BY v.place), '[]')) AS json
    FROM jsonb_array_elements_text(d.value #> '{old,values}') WITH ORDINALITY v (one, place)
    WHERE d.value #>> '{old,type}' = 'id_list') o
  CROSS JOIN LATERAL (SELECT JSON_OBJECT('type': 'id_list', 'values': coalesce(JSON_ARRAYAGG(ref(v.one) ORDER BY v.place), '[]')) AS json
    FROM jsonb_array_elements_text(d.value #> '{new,values}') WITH ORDINALITY v (one, place)
    WHERE d.value #>> '{new,type}' = 'id_list') n
  WHERE e.event_type = 'updated'
  GROUP BY e.id
), artifact AS (
  SELECT e.id, JSON_ARRAYAGG(JSON_OBJECT('display_id': 'ARTIFACT-' || a.id, 'id': $6 || 'artifact/' || a.id,
    'file': JSON_OBJECT('type': a.content_type, 'name': coalesce(a.file_name, a.fallback_title), 'size': a.byte_size ABSENT ON NULL))
    ORDER BY a.id) AS json
  FROM entry e JOIN attachments a ON a.tenant_id = $1 AND a.message_id = e.id
  WHERE e.attachment_count > 0 GROUP BY e.id
), reaction AS (
  SELECT r.message_id AS id, JSON_ARRAYAGG(JSON_OBJECT('emoji': r.emoji, 'reacted': r.reacted, 'total_users': r.total)
    ORDER BY r.first_at, r.emoji) AS json
  FROM (SELECT r.message_id, r.emoji, count(*) AS total, bool_or(r.actor_kind || ':' || r.actor_id = $4) AS reacted,
               min(r.created_at) AS first_at
        FROM entry e JOIN reactions r ON r.tenant_id = $1 AND r.message_id = e.id
        WHERE e.reaction_count > 0 GROUP BY r.message_id, r.emoji) r
  GROUP BY r.message_id
), sync AS (
  SELECT o.noun, o.local_id, JSON_OBJECT(
    'external_record_id': o.external_id, 'external_reference': o.external_id, 'origin_system': o.system,
    'last_sync_in': CASE WHEN o.in_status IS NOT NULL OR o.in_at IS NOT NULL THEN JSON_OBJECT(
      'status': o.in_status, 'sync_date': date(o.in_at), 'sync_unit': u.json ABSENT ON NULL) END,
    'last_sync_out': CASE WHEN o.out_status IS NOT NULL OR o.out_at IS NOT NULL THEN JSON_OBJECT(
      'status': o.out_status, 'sync_date': date(o.out_at), 'sync_unit': u.json ABSENT ON NULL) END
    ABSENT ON NULL) AS json
  FROM (SELECT 'conversation' AS noun, p.number AS local_id FROM page p
        UNION ALL SELECT 'message', e.id FROM entry e WHERE e.is_imported) w
  JOIN origins o ON o.tenant_id = $1 AND o.noun = w.noun AND o.local_id = w.local_id
  LEFT JOIN LATERAL (
    SELECT JSON_OBJECT('display_id': 'SYNC-' || u.id, 'id': $6 || 'sync_unit/' || u.id, 'name': u.name,
      'external_system_type': u.external_system_type, 'is_archived': u.is_archived, 'sync_type': u.sync_type,
      'sync_run': JSON_OBJECT('mode': u.run_mode, 'progress': JSON_OBJECT('state': u.run_state))) AS json
    FROM sync_units u WHERE u.tenant_id = $1 AND u.id = o.sync_unit_id) u ON true
), message AS (
  SELECT e.conversation_number AS number, JSON_ARRAYAGG(JSON_OBJECT(
    'type': CASE e.kind WHEN 'activity' THEN 'timeline_change_event' ELSE 'timeline_comment' END,
    'created_by': a.json, 'created_date': date(e.created_at),
    'display_id': CASE e.kind WHEN 'activity' THEN 'EVENT-' ELSE 'COMMENT-' END || e.id,
    'id': e.don || CASE e.kind WHEN 'activity' THEN ':timeline_event/' ELSE ':comment/' END || e.id,
    'modified_by': CASE WHEN e.modified_by_kind IS NULL THEN a.json ELSE b.json END, 'modified_date': date(e.updated_at),
    'object': e.don, 'object_display_id': e.display, 'object_type': 'conversation', 'visibility': e.visibility,
    'body': e.body, 'body_type': CASE WHEN e.kind <> 'activity' THEN e.body_type END,
    'event': CASE e.event_type
      WHEN 'created' THEN JSON_OBJECT('type': 'created', 'created': JSON_OBJECT('object': JSON_OBJECT(
        'type': 'conversation', 'id': e.don, 'display_id': e.display)))
      WHEN 'updated' THEN JSON_OBJECT('type': 'updated', 'updated': JSON_OBJECT('object_type': 'conversation', 'field_deltas': d.json))
      WHEN 'annotated' THEN JSON_OBJECT('type': 'annotated') END,
    'artifacts': f.json, 'reactions': r.json,
    'thread': CASE WHEN e.reply_count > 0 THEN JSON_OBJECT('total_replies': e.reply_count) END,
    'external_ref': e.external_ref, 'labels': CASE WHEN e.labels <> '{}' THEN to_json(e.labels) END,
    'panels': CASE WHEN e.panels <> '{}' THEN to_json(e.panels) END,
    'sync_metadata': s.json, 'references': e.references_, 'snap_kit_body': e.snap_kit_body, 'snap_widget_body': e.snap_widgets
    ABSENT ON NULL) ORDER BY e.created_at, e.id) AS json
  FROM entry e
  LEFT JOIN person a ON a.kind = e.author_kind AND a.id = coalesce(e.author_id, 0)
  LEFT JOIN person b ON b.kind = e.modified_by_kind AND b.id = coalesce(e.modified_by_id, 0)
  LEFT JOIN delta d ON d.id = e.id
  LEFT JOIN artifact f ON f.id = e.id
  LEFT JOIN reaction r ON r.id = e.id
  LEFT JOIN sync s ON s.noun = 'message' AND s.local_id = e.id AND e.is_imported
  GROUP BY e.conversation_number
), owner AS (
  SELECT o.number, JSON_ARRAYAGG(w.json ORDER BY o.place) AS json
  FROM (SELECT p.number, 'user' AS kind, p.assignee_user_id AS id, -2 AS place FROM page p WHERE p.assignee_user_id IS NOT NULL
        UNION ALL SELECT p.number, 'bot', p.assignee_bot_id, -1 FROM page p WHERE p.assignee_bot_id IS NOT NULL
        UNION ALL SELECT p.number, o.kind, o.id, row_number() OVER (PARTITION BY p.number ORDER BY o.position, o.kind, o.id)
        FROM page p JOIN conversation_owners o ON o.tenant_id = $1 AND o.conversation_number = p.number) o
  JOIN person w ON w.kind = o.kind AND w.id = o.id
  GROUP BY o.number
), member AS (
  SELECT m.number, JSON_ARRAYAGG(w.json ORDER BY m.place) AS json
  FROM (SELECT p.number, 'contact' AS kind, p.contact_id AS id, 0 AS place FROM page p
        UNION ALL SELECT p.number, m.kind, m.id, row_number() OVER (PARTITION BY p.number ORDER BY m.created_at, m.kind, m.id)
        FROM page p JOIN conversation_members m ON m.tenant_id = $1 AND m.conversation_number = p.number
        WHERE NOT (m.kind = 'contact' AND m.id = p.contact_id)) m
  JOIN person w ON w.kind = m.kind AND w.id = m.id
  GROUP BY m.number
), tag AS (
  SELECT p.number, JSON_ARRAYAGG(JSON_OBJECT('tag': JSON_OBJECT('display_id': 'TAG-' || t.id, 'id': $6 || 'tag/' || t.id, 'name': t.name,
    'style_new': JSON_OBJECT('color': t.color)), 'value': c.value ABSENT ON NULL) ORDER BY c.position, c.tag_id) AS json
  FROM page p
  JOIN conversation_tags c ON c.tenant_id = $1 AND c.conversation_number = p.number
  JOIN tags t ON t.tenant_id = $1 AND t.id = c.tag_id
  GROUP BY p.number
), part AS (
  SELECT p.number, JSON_ARRAYAGG(JSON_OBJECT('type': t.kind, 'display_id': w.prefix || '-' || t.id, 'id': $6 || t.kind || '/' || t.id,
    'name': t.name, 'owned_by': (SELECT coalesce(JSON_ARRAYAGG(o.json ORDER BY n.place), '[]')
      FROM unnest(t.owner_ids) WITH ORDINALITY n (id, place) JOIN person o ON o.kind = 'user' AND o.id = n.id))
    ORDER BY c.position, c.part_id) AS json
  FROM page p
  JOIN conversation_parts c ON c.tenant_id = $1 AND c.conversation_number = p.number
  JOIN parts t ON t.tenant_id = $1 AND t.id = c.part_id
  JOIN (VALUES ('product', 'PROD'), ('capability', 'CAPL'), ('feature', 'FEAT'), ('enhancement', 'ENH'), ('linkable', 'LINKABLE'),
               ('runnable', 'RUNNABLE')) w (kind, prefix) ON w.kind = t.kind
  GROUP BY p.number
), channel AS (
  SELECT p.number, JSON_ARRAYAGG(JSON_OBJECT('display_id': 'CHAN-' || i.id, 'id': $6 || 'external_communication_channel/' || i.id)
    ORDER BY i.place) AS json
  FROM page p
  CROSS JOIN LATERAL (
    SELECT p.inbox_id AS id, 0 AS place
    UNION ALL SELECT h.inbox_id, row_number() OVER (ORDER BY h.position, h.inbox_id) FROM conversation_channels h
    WHERE h.tenant_id = $1 AND h.conversation_number = p.number AND h.inbox_id <> p.inbox_id) i
  GROUP BY p.number
), metric AS MATERIALIZED (
  SELECT t.conversation_number AS number, m.metric_id, m.removed_at, d.name, m.stage, m.remaining_s, m.target_at,
    CASE WHEN s.id IS NOT NULL THEN JSON_OBJECT('display_id': 'SCHED-' || s.id, 'id': $6 || 'org_schedule/' || s.id, 'name': s.name,
      'status': s.status, 'timezone': s.timezone, 'valid_until': date(s.valid_until) ABSENT ON NULL) END AS schedule,
    JSON_OBJECT('display_id': 'METRIC-' || d.id, 'id': $6 || 'metric_definition/' || d.id, 'name': d.name) AS definition,
    m.in_policy, m.is_out_of_schedule, m.status, m.completed_in_s, m.breached_at, m.completed_at, m.next_schedule_transition_at,
    m.warning_target_at, m.removed_by_kind, m.removed_by_id
  FROM page p
  JOIN sla_trackers t ON t.tenant_id = $1 AND t.conversation_number = p.number
  JOIN sla_metrics m ON m.tenant_id = $1 AND m.tracker_id = t.id
  JOIN metric_definitions d ON d.tenant_id = $1 AND d.id = m.metric_id
  LEFT JOIN org_schedules s ON s.tenant_id = $1 AND s.id = m.org_schedule_id
), target AS (
  SELECT m.number, coalesce(JSON_ARRAYAGG(JSON_OBJECT('metric_definition': m.definition, 'stage': m.stage, 'in_policy': m.in_policy,
    'is_out_of_schedule': m.is_out_of_schedule, 'status': m.status, 'completed_in': m.completed_in_s / 60,
    'completed_in_seconds': m.completed_in_s, 'breached_at': date(m.breached_at), 'completed_at': date(m.completed_at),
    'next_schedule_transition': date(m.next_schedule_transition_at), 'warning_target_time': date(m.warning_target_at),
    'remaining_time': CASE m.stage WHEN 'paused' THEN m.remaining_s / 60 END, 'target_time': date(m.target_at),
    'org_schedule': m.schedule ABSENT ON NULL) ORDER BY m.metric_id) FILTER (WHERE m.removed_at IS NULL), '[]') AS present,
    JSON_ARRAYAGG(JSON_OBJECT('metric_definition': m.definition, 'removed_at': date(m.removed_at), 'removed_by': w.json)
      ORDER BY m.metric_id) FILTER (WHERE m.removed_at IS NOT NULL) AS removed
  FROM metric m LEFT JOIN person w ON w.kind = coalesce(m.removed_by_kind, 'system') AND w.id = coalesce(m.removed_by_id, 0)
  GROUP BY m.number
), tracker AS (
  SELECT t.conversation_number AS number,
    JSON_OBJECT('display_id': 'SLAT-' || t.id, 'id': $6 || 'sla_tracker/' || t.id, 'applies_to_type': 'conversation') AS short,
    JSON_OBJECT('stage': coalesce(t.stage, m.stage), 'closest_to_breach_metric': m.name, 'target_time': date(m.target_at),
      'remaining_time': CASE m.stage WHEN 'paused' THEN m.remaining_s / 60 END, 'org_schedule': m.schedule,
      'sla_tracker': JSON_OBJECT('display_id': 'SLAT-' || t.id, 'id': $6 || 'sla_tracker/' || t.id, 'created_by': c.json,
        'created_date': date(t.created_at), 'modified_by': b.json, 'modified_date': date(t.updated_at), 'applies_to_id': p.don,
        'applies_to_type': 'conversation', 'metric_target_summaries': coalesce(g.present, '[]'),
        'removed_sla_metric_history': g.removed,
        'sla': JSON_OBJECT('display_id': 'SLA-' || s.id, 'id': $6 || 'sla/' || s.id, 'name': s.name, 'sla_type': s.sla_type,
          'status': s.status),
        'sla_policy_id': $6 || 'sla/' || s.id || ':sla_policy/' || s.id, 'stage': t.stage,
        'status': CASE t.status WHEN 'active' THEN 'in_progress' WHEN 'missed' THEN 'miss' WHEN 'active_with_misses' THEN 'miss'
          ELSE t.status END
        ABSENT ON NULL)
      ABSENT ON NULL) AS summary
  FROM page p
  JOIN sla_trackers t ON t.tenant_id = $1 AND t.conversation_number = p.number
  JOIN sla_policies s ON s.tenant_id = $1 AND s.id = t.sla_policy_id
  LEFT JOIN metric m ON m.number = t.conversation_number AND m.metric_id = t.closest_metric_id AND m.removed_at IS NULL
  LEFT JOIN target g ON g.number = t.conversation_number
  LEFT JOIN person c ON c.kind = t.created_by_kind AND c.id = coalesce(t.created_by_id, 0)
  LEFT JOIN person b ON b.kind = t.modified_by_kind AND b.id = coalesce(t.modified_by_id, 0)
), field AS (
  SELECT p.number, JSON_OBJECTAGG(n.key || '__' || replace(f.key, ' ', '_u20_') : f.value) AS json
  FROM page p CROSS JOIN LATERAL jsonb_each(p.custom_fields) n CROSS JOIN LATERAL jsonb_each(n.value) f
  GROUP BY p.number
), fragment AS MATERIALIZED (
  SELECT s.subtype, JSON_ARRAYAGG($6 || CASE f.kind WHEN 'tenant' THEN 'tenant_fragment/' WHEN 'app' THEN 'app_fragment/'
    ELSE 'custom_type_fragment/' END || f.id ORDER BY f.id) AS json
  FROM (SELECT DISTINCT p.subtype FROM page p) s
  JOIN schema_fragments f ON f.tenant_id = $1 AND (f.kind IN ('tenant', 'app') OR f.kind = 'subtype' AND f.subtype = s.subtype)
  GROUP BY s.subtype
), stock AS (
  SELECT 'don:core:dvrv-us-1:stock_sf/' || min(f.id) AS don FROM schema_fragments f WHERE f.tenant_id = $1 AND f.kind = 'stock'
), team AS (
  SELECT t.id, JSON_OBJECT('display_id': 'GROUP-' || t.id, 'id': $7 || 'group/' || t.id, 'name': t.name, 'member_type': t.member_type,
    'sync_metadata': CASE WHEN o.system IS NOT NULL THEN JSON_OBJECT('external_reference': o.external_id, 'origin_system': o.system) END
    ABSENT ON NULL) AS json
  FROM teams t LEFT JOIN origins o ON o.tenant_id = $1 AND o.noun = 'team' AND o.local_id = t.id WHERE t.tenant_id = $1
)
SELECT p.number, p.modified_at, (SELECT count(*) FROM candidate) > $3::bigint AS has_more, JSON_OBJECT(
  'id': p.don, 'display_id': p.display, 'created_by': cb.json, 'created_date': date(p.created_at), 'modified_by': mb.json,
  'modified_date': date(p.modified_at), 'members': member.json, 'channels': channel.json, 'source_channel_v2': JSON_OBJECT(
    'display_id': 'CHAN-' || p.inbox_id, 'id': $6 || 'external_communication_channel/' || p.inbox_id),
  'is_frozen': p.is_frozen, 'messages': coalesce(message.json, '[]'), 'stage': stage.json, 'owned_by': owner.json,
  'title': p.title, 'description': p.description, 'source_channel': p.source_channel,
  'metadata': CASE WHEN p.url_context IS NOT NULL THEN JSON_OBJECT('url_context': p.url_context) END,
  'sentiment': CASE WHEN p.sentiment IS NOT NULL THEN JSON_OBJECT('id': p.sentiment, 'ordinal': p.sentiment,
    'label': (ARRAY['Delighted', 'Happy', 'Neutral', 'Unhappy', 'Frustrated'])[p.sentiment]) END,
  'sentiment_summary': p.sentiment_summary, 'tags': tag.json, 'group': team.json,
  'account': CASE WHEN co.id IS NOT NULL THEN JSON_OBJECT(
    'type': 'account', 'display_id': 'ACC-' || co.id, 'id': $7 || 'account/' || co.id, 'display_name': co.name) END,
  'applies_to_parts': part.json, 'sla_tracker': tracker.short, 'sla_summary': tracker.summary, 'sync_metadata': sync.json,
  'custom_fields': field.json, 'subtype': p.subtype, 'custom_schema_fragments': fragment.json, 'stock_schema_fragment': stock.don,
  'actual_close_date': date(p.closed_at), 'last_external_message_date': date(p.last_external_message_at),
  'sentiment_modified_date': date(p.sentiment_modified_at)
  ABSENT ON NULL)::text AS json
FROM page p
CROSS JOIN stock
LEFT JOIN person cb ON cb.kind = p.created_by_kind AND cb.id = coalesce(p.created_by_id, 0)
LEFT JOIN person mb ON mb.kind = p.modified_by_kind AND mb.id = coalesce(p.modified_by_id, 0)
LEFT JOIN member ON member.number = p.number
LEFT JOIN owner ON owner.number = p.number
LEFT JOIN message ON message.number = p.number
LEFT JOIN channel ON channel.number = p.number
LEFT JOIN stage ON stage.id = p.stage_id
LEFT JOIN tag ON tag.number = p.number
LEFT JOIN part ON part.number = p.number
LEFT JOIN team ON team.id = p.team_id
LEFT JOIN companies co ON co.tenant_id = $1 AND co.id = p.company_id
LEFT JOIN tracker ON tracker.number = p.number
LEFT JOIN sync ON sync.noun = 'conversation' AND sync.local_id = p.number
LEFT JOIN field ON field.number = p.number
LEFT JOIN fragment ON fragment.subtype IS NOT DISTINCT FROM p.subtype
ORDER BY p.modified_at DESC, p.number DESC
