-- Service levels over DevRev's wire: what an SLA promises and to whom, what it measures, and the hours that it counts in.

-- What was there before serves conversations; new rows say for themselves.
ALTER TABLE metric_definitions
  ADD COLUMN description text,
  ADD COLUMN applies_to  text[] NOT NULL DEFAULT '{conversation}',
  ADD COLUMN metric_type text NOT NULL DEFAULT 'time' CHECK (metric_type IN ('time', 'value')),
  ADD COLUMN status      text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'inactive')),
  ADD COLUMN is_custom   boolean NOT NULL DEFAULT false;
CREATE UNIQUE INDEX metric_definitions_name ON metric_definitions (tenant_id, name);

ALTER TABLE org_schedules
  ADD COLUMN min_valid_days int NOT NULL DEFAULT 0,
  ADD COLUMN default_week   jsonb,
  ADD COLUMN weeks          jsonb NOT NULL DEFAULT '[]',
  ADD COLUMN fragment_ids   bigint[] NOT NULL DEFAULT '{}';
COMMENT ON COLUMN org_schedules.default_week IS '{"period_name": text, "intervals": [[from, to]]} in minutes of the week from Monday 00:00';
COMMENT ON COLUMN org_schedules.fragment_ids IS 'in order, each beginning the day that the one before it ends; fragments are never deleted';
COMMENT ON COLUMN org_schedules.valid_until IS 'for schedules that are written here: the end of their last fragment, null while they are not well-defined';

-- What a schedule was before each change, under the version that it had.
CREATE TABLE org_schedule_versions (
  tenant_id      bigint NOT NULL,
  schedule_id    bigint NOT NULL,
  version_number bigint NOT NULL,
  name           text NOT NULL,
  status         text NOT NULL,
  timezone       text NOT NULL,
  valid_until    timestamptz,
  min_valid_days int NOT NULL DEFAULT 0,
  default_week   jsonb,
  weeks          jsonb NOT NULL DEFAULT '[]',
  fragment_ids   bigint[] NOT NULL DEFAULT '{}',
  created_at     timestamptz NOT NULL DEFAULT now(),
  updated_at     timestamptz NOT NULL DEFAULT now(),
  created_by     text,
  modified_by    text,
  PRIMARY KEY (tenant_id, schedule_id, version_number),
  FOREIGN KEY (tenant_id, schedule_id) REFERENCES org_schedules ON DELETE CASCADE
);
SELECT protect('org_schedule_versions');

-- Some days with their holidays and named periods; days are those of the schedule's own time zone.
CREATE TABLE org_schedule_fragments (
  tenant_id    bigint NOT NULL REFERENCES tenants ON DELETE CASCADE,
  id           bigint NOT NULL,
  name         text NOT NULL,
  status       text NOT NULL DEFAULT 'draft' CHECK (status IN ('archived', 'draft', 'published')),
  starts_on    date NOT NULL,
  ends_on      date NOT NULL,
  periods      jsonb NOT NULL DEFAULT '[]',
  region_codes text[] NOT NULL DEFAULT '{}',
  created_at   timestamptz NOT NULL DEFAULT now(),
  updated_at   timestamptz NOT NULL DEFAULT now(),
  created_by   text,
  modified_by  text,
  version      bigint NOT NULL DEFAULT 1,
  PRIMARY KEY (tenant_id, id)
);
COMMENT ON COLUMN org_schedule_fragments.ends_on IS 'the first day that is no longer part of it';
COMMENT ON COLUMN org_schedule_fragments.periods IS '[{"starts_on", "ends_on", "name", "is_excluded"}]';
SELECT protect('org_schedule_fragments');

ALTER TABLE sla_policies
  ADD COLUMN evaluation_period text CHECK (evaluation_period IN ('monthly', 'quarterly', 'weekly', 'yearly')),
  ADD COLUMN applies_to        text[] NOT NULL DEFAULT '{conversation}',
  ADD COLUMN account_selector  jsonb,
  ADD COLUMN policies          jsonb NOT NULL DEFAULT '[]';
COMMENT ON COLUMN sla_policies.policies IS 'in decreasing priority: [{"name", "selector": {...}, "metrics": [{"metric_id", "target", ...}]}]; people are kind:id';

-- What an SLA's policies name, so that it is not deleted under them. One column of each row is set.
CREATE TABLE sla_references (
  tenant_id       bigint NOT NULL,
  sla_policy_id   bigint NOT NULL,
  position        bigint NOT NULL,
  metric_id       bigint,
  org_schedule_id bigint,
  tag_id          bigint,
  part_id         bigint,
  team_id         bigint,
  workspace_id    bigint,
  PRIMARY KEY (tenant_id, sla_policy_id, position),
  FOREIGN KEY (tenant_id, sla_policy_id) REFERENCES sla_policies ON DELETE CASCADE,
  FOREIGN KEY (tenant_id, metric_id) REFERENCES metric_definitions,
  FOREIGN KEY (tenant_id, org_schedule_id) REFERENCES org_schedules,
  FOREIGN KEY (tenant_id, tag_id) REFERENCES tags,
  FOREIGN KEY (tenant_id, part_id) REFERENCES parts,
  FOREIGN KEY (tenant_id, team_id) REFERENCES teams,
  FOREIGN KEY (tenant_id, workspace_id) REFERENCES workspaces
);
SELECT protect('sla_references');

-- The SLA of a workspace: at most one.
CREATE TABLE sla_workspaces (
  tenant_id     bigint NOT NULL,
  workspace_id  bigint NOT NULL,
  sla_policy_id bigint NOT NULL,
  assigned_at   timestamptz NOT NULL DEFAULT now(),
  assigned_by   text,
  PRIMARY KEY (tenant_id, workspace_id),
  FOREIGN KEY (tenant_id, workspace_id) REFERENCES workspaces ON DELETE CASCADE,
  FOREIGN KEY (tenant_id, sla_policy_id) REFERENCES sla_policies ON DELETE CASCADE
);
CREATE INDEX sla_workspaces_policy ON sla_workspaces (tenant_id, sla_policy_id);
SELECT protect('sla_workspaces');

CREATE INDEX sla_trackers_created ON sla_trackers (tenant_id, created_at, id);
CREATE INDEX sla_trackers_updated ON sla_trackers (tenant_id, updated_at, id);
