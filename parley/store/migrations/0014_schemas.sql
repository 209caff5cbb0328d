-- What a custom field's values must fit beside their type, and the leaf type where a noun has several (work: ticket, issue).
ALTER TABLE custom_fields
  ADD COLUMN constraints jsonb NOT NULL DEFAULT '{}',
  ADD COLUMN leaf_type text NOT NULL DEFAULT '',
  DROP CONSTRAINT custom_fields_noun_check,
  ADD CHECK (noun IN ('conversation', 'contact', 'company', 'workspace', 'work', 'user', 'part', 'team'));
COMMENT ON COLUMN custom_fields.constraints IS 'min_len, pattern, gte, max_items, id_type, composite_type ... as in schemas.custom.set';
COMMENT ON COLUMN custom_fields.leaf_type IS 'empty: every leaf type of the noun';
DROP INDEX custom_fields_key;
CREATE UNIQUE INDEX custom_fields_key ON custom_fields (tenant_id, noun, leaf_type, namespace, coalesce(subtype, ''), key);

-- A fragment belongs to one leaf type; the stock and tenant fragments of conversations have the ids 1 and 2 in every tenant.
ALTER TABLE schema_fragments
  ADD COLUMN leaf_type text NOT NULL DEFAULT 'conversation',
  ADD COLUMN app text,
  ADD COLUMN description text,
  ADD COLUMN is_deprecated boolean NOT NULL DEFAULT false,
  ADD COLUMN composite_schemas jsonb NOT NULL DEFAULT '[]',
  ADD COLUMN stage_diagram_id bigint,
  ADD CHECK (kind = 'app' OR app IS NULL);
CREATE INDEX schema_fragments_created ON schema_fragments (tenant_id, created_at, id);
CREATE UNIQUE INDEX schema_fragments_scope ON schema_fragments (tenant_id, leaf_type, kind, coalesce(subtype, ''), coalesce(app, ''));

-- Which stages a leaf type has and where each may go.
CREATE TABLE stage_diagrams (
  tenant_id  bigint NOT NULL REFERENCES tenants ON DELETE CASCADE,
  id         bigint NOT NULL,
  leaf_type  text NOT NULL,
  name       text NOT NULL,
  is_default boolean NOT NULL DEFAULT false,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  created_by text,
  modified_by text,
  version    bigint NOT NULL DEFAULT 1,
  PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX stage_diagrams_name ON stage_diagrams (tenant_id, leaf_type, name);
CREATE UNIQUE INDEX stage_diagrams_default ON stage_diagrams (tenant_id, leaf_type) WHERE is_default;
SELECT protect('stage_diagrams');

CREATE TABLE stage_diagram_nodes (
  tenant_id  bigint NOT NULL REFERENCES tenants ON DELETE CASCADE,
  diagram_id bigint NOT NULL,
  position   integer NOT NULL,
  stage_id   bigint NOT NULL,
  is_start   boolean NOT NULL DEFAULT false,
  is_deprecated boolean NOT NULL DEFAULT false,
  targets    bigint[] NOT NULL DEFAULT '{}',
  PRIMARY KEY (tenant_id, diagram_id, stage_id),
  FOREIGN KEY (tenant_id, diagram_id) REFERENCES stage_diagrams ON DELETE CASCADE,
  FOREIGN KEY (tenant_id, stage_id) REFERENCES stages
);
COMMENT ON COLUMN stage_diagram_nodes.targets IS 'the stages of the same diagram that one may go to from here';
SELECT protect('stage_diagram_nodes');

ALTER TABLE schema_fragments ADD FOREIGN KEY (tenant_id, stage_diagram_id) REFERENCES stage_diagrams;
