-- Service levels: policies, schedules and trackers. A tracker is a snapshot with its as_of until the clocks run.

CREATE TABLE org_schedules (
  tenant_id   bigint NOT NULL REFERENCES tenants ON DELETE CASCADE,
  id          bigint NOT NULL,
  name        text NOT NULL,
  status      text NOT NULL DEFAULT 'published' CHECK (status IN ('archived', 'draft', 'published')),
  timezone    text NOT NULL DEFAULT 'UTC',
  valid_until timestamptz,
  version     bigint NOT NULL DEFAULT 1,
  PRIMARY KEY (tenant_id, id)
);

CREATE TABLE metric_definitions (
  tenant_id  bigint NOT NULL REFERENCES tenants ON DELETE CASCADE,
  id         bigint NOT NULL,
  name       text NOT NULL,
  version    bigint NOT NULL DEFAULT 1,
  PRIMARY KEY (tenant_id, id)
);

CREATE TABLE sla_policies (
  tenant_id   bigint NOT NULL REFERENCES tenants ON DELETE CASCADE,
  id          bigint NOT NULL,
  name        text NOT NULL,
  description text,
  sla_type    text NOT NULL DEFAULT 'external' CHECK (sla_type IN ('external', 'internal')),
  status      text NOT NULL DEFAULT 'published' CHECK (status IN ('archived', 'draft', 'published')),
  first_response_s double precision,
  next_response_s  double precision,
  resolution_s     double precision,
  only_during_business_hours boolean NOT NULL DEFAULT false,
  created_at  timestamptz NOT NULL DEFAULT now(),
  updated_at  timestamptz NOT NULL DEFAULT now(),
  version     bigint NOT NULL DEFAULT 1,
  PRIMARY KEY (tenant_id, id)
);

-- One tracker per conversation. status is Chatwoot's word (active, hit, missed, active_with_misses).
CREATE TABLE sla_trackers (
  tenant_id   bigint NOT NULL REFERENCES tenants ON DELETE CASCADE,
  id          bigint NOT NULL,
  conversation_number bigint NOT NULL,
  sla_policy_id bigint NOT NULL,
  policy_name text,
  stage       text CHECK (stage IN ('breached', 'completed', 'paused', 'running', 'warning')),
  status      text NOT NULL DEFAULT 'active',
  closest_metric_id bigint,
  created_by_kind text,
  created_by_id bigint,
  modified_by_kind text,
  modified_by_id bigint,
  as_of       timestamptz NOT NULL DEFAULT now(),
  created_at  timestamptz NOT NULL DEFAULT now(),
  updated_at  timestamptz NOT NULL DEFAULT now(),
  version     bigint NOT NULL DEFAULT 1,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, sla_policy_id) REFERENCES sla_policies
);
CREATE UNIQUE INDEX sla_trackers_conversation ON sla_trackers (tenant_id, conversation_number);
CREATE INDEX sla_trackers_stage ON sla_trackers (tenant_id, stage, conversation_number);

CREATE TABLE sla_metrics (
  tenant_id   bigint NOT NULL,
  tracker_id  bigint NOT NULL,
  metric_id   bigint NOT NULL,
  stage       text NOT NULL CHECK (stage IN ('breached', 'completed', 'paused', 'running', 'warning')),
  status      text CHECK (status IN ('hit', 'miss', 'in_progress')),
  org_schedule_id bigint,
  target_at   timestamptz,
  warning_target_at timestamptz,
  breached_at timestamptz,
  completed_at timestamptz,
  completed_in_s bigint,
  remaining_s bigint,
  next_schedule_transition_at timestamptz,
  in_policy   boolean NOT NULL DEFAULT true,
  is_out_of_schedule boolean NOT NULL DEFAULT false,
  removed_at  timestamptz,
  removed_by_kind text,
  removed_by_id bigint,
  PRIMARY KEY (tenant_id, tracker_id, metric_id),
  FOREIGN KEY (tenant_id, tracker_id) REFERENCES sla_trackers ON DELETE CASCADE,
  FOREIGN KEY (tenant_id, metric_id) REFERENCES metric_definitions,
  FOREIGN KEY (tenant_id, org_schedule_id) REFERENCES org_schedules
);

-- A missed target as Chatwoot records it: frt, nrt, rt.
CREATE TABLE sla_events (
  tenant_id   bigint NOT NULL,
  id          bigint NOT NULL,
  tracker_id  bigint NOT NULL,
  kind        text NOT NULL CHECK (kind IN ('frt', 'nrt', 'rt')),
  meta        jsonb NOT NULL DEFAULT '{}',
  created_at  timestamptz NOT NULL DEFAULT now(),
  updated_at  timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, tracker_id) REFERENCES sla_trackers ON DELETE CASCADE
);
CREATE INDEX sla_events_tracker ON sla_events (tenant_id, tracker_id);
