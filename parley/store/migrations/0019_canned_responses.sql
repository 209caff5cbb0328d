-- Ready-made answers that agents insert by a short code (Chatwoot: canned responses).
CREATE TABLE canned_responses (
  tenant_id   bigint NOT NULL REFERENCES tenants ON DELETE CASCADE,
  id          bigint NOT NULL,
  short_code  text NOT NULL,
  content     text NOT NULL,
  created_at  timestamptz NOT NULL DEFAULT now(),
  updated_at  timestamptz NOT NULL DEFAULT now(),
  created_by  text,
  modified_by text,
  version     bigint NOT NULL DEFAULT 1,
  PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX canned_responses_short_code ON canned_responses (tenant_id, short_code);
SELECT protect('canned_responses');
