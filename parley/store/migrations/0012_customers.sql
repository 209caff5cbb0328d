-- Customers, whole: what companies, workspaces and contacts carry on DevRev's wire, and indexes for what may be asked.

ALTER TABLE companies
  ADD COLUMN websites text[] NOT NULL DEFAULT '{}',
  ADD COLUMN owners text[] NOT NULL DEFAULT '{}',
  ADD COLUMN tier text,
  ADD COLUMN subtype text;
COMMENT ON COLUMN companies.owners IS 'who looks after it, as kind:id';

ALTER TABLE workspaces
  ADD COLUMN domain text,
  ADD COLUMN environment text CHECK (environment IN ('production', 'staging', 'test')),
  ADD COLUMN tier text,
  ADD COLUMN subtype text;

ALTER TABLE contacts
  ADD COLUMN description text,
  ADD COLUMN subtype text,
  ADD COLUMN email_key text;
COMMENT ON COLUMN contacts.email_key IS 'lower(email): lower() is not leakproof, so under a policy its index would not be used';

CREATE FUNCTION keep_email_key() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.email_key := lower(NEW.email);
  RETURN NEW;
END $$;
-- Its name sorts before raise_version, which compares the whole row.
CREATE TRIGGER keep_email_key BEFORE INSERT OR UPDATE OF email ON contacts FOR EACH ROW EXECUTE FUNCTION keep_email_key();
UPDATE contacts SET email_key = lower(email) WHERE email IS NOT NULL;

CREATE INDEX companies_created ON companies (tenant_id, created_at, id);
CREATE INDEX companies_updated ON companies (tenant_id, updated_at, id);
CREATE INDEX companies_creator ON companies (tenant_id, created_by);
CREATE INDEX companies_name ON companies (tenant_id, name);
CREATE INDEX companies_tier ON companies (tenant_id, tier);
CREATE INDEX workspaces_created ON workspaces (tenant_id, created_at, id);
CREATE INDEX workspaces_updated ON workspaces (tenant_id, updated_at, id);
CREATE INDEX workspaces_creator ON workspaces (tenant_id, created_by);
CREATE INDEX workspaces_name ON workspaces (tenant_id, name);
CREATE INDEX workspaces_company ON workspaces (tenant_id, company_id);
CREATE INDEX workspaces_external_ref ON workspaces (tenant_id, external_ref);
CREATE INDEX contacts_created ON contacts (tenant_id, created_at, id);
CREATE INDEX contacts_updated ON contacts (tenant_id, updated_at, id);
CREATE INDEX contacts_creator ON contacts (tenant_id, created_by);
CREATE INDEX contacts_email_key ON contacts (tenant_id, email_key);
CREATE INDEX contacts_company ON contacts (tenant_id, company_id);

-- A company's lists, one row per item: array operators are not leakproof either. Kept by the trigger, whoever writes.
CREATE TABLE company_values (
  tenant_id  bigint NOT NULL REFERENCES tenants ON DELETE CASCADE,
  kind       text NOT NULL CHECK (kind IN ('domain', 'website', 'external_ref', 'owner')),
  value      text NOT NULL,
  company_id bigint NOT NULL,
  PRIMARY KEY (tenant_id, kind, value, company_id),
  FOREIGN KEY (tenant_id, company_id) REFERENCES companies ON DELETE CASCADE
);
CREATE INDEX company_values_company ON company_values (tenant_id, company_id);
SELECT protect('company_values');

CREATE FUNCTION keep_company_values() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' THEN
    DELETE FROM company_values v WHERE v.tenant_id = OLD.tenant_id AND v.company_id = OLD.id;
  END IF;
  INSERT INTO company_values (tenant_id, kind, value, company_id)
  SELECT NEW.tenant_id, 'domain', v, NEW.id FROM unnest(NEW.domains) v
  UNION SELECT NEW.tenant_id, 'website', v, NEW.id FROM unnest(NEW.websites) v
  UNION SELECT NEW.tenant_id, 'external_ref', v, NEW.id FROM unnest(NEW.external_refs) v
  UNION SELECT NEW.tenant_id, 'owner', v, NEW.id FROM unnest(NEW.owners) v;
  RETURN NULL;
END $$;
CREATE TRIGGER keep_values_insert AFTER INSERT ON companies FOR EACH ROW EXECUTE FUNCTION keep_company_values();
CREATE TRIGGER keep_values_update AFTER UPDATE ON companies FOR EACH ROW
  WHEN ((OLD.domains, OLD.websites, OLD.external_refs, OLD.owners) IS DISTINCT FROM (NEW.domains, NEW.websites, NEW.external_refs, NEW.owners))
  EXECUTE FUNCTION keep_company_values();
INSERT INTO company_values (tenant_id, kind, value, company_id)
SELECT c.tenant_id, 'domain', v, c.id FROM companies c, unnest(c.domains) v
UNION SELECT c.tenant_id, 'external_ref', v, c.id FROM companies c, unnest(c.external_refs) v;

-- Numbers beside the first, which stands in contacts.phone_number.
CREATE TABLE contact_phone_numbers (
  tenant_id  bigint NOT NULL REFERENCES tenants ON DELETE CASCADE,
  contact_id bigint NOT NULL,
  number     text NOT NULL,
  position   integer NOT NULL,
  PRIMARY KEY (tenant_id, contact_id, number),
  FOREIGN KEY (tenant_id, contact_id) REFERENCES contacts ON DELETE CASCADE
);
CREATE INDEX contact_phone_numbers_number ON contact_phone_numbers (tenant_id, number);
SELECT protect('contact_phone_numbers');

-- Tags and files of companies, workspaces and contacts; a trigger takes them away with whoever carried them.
CREATE TABLE customer_tags (
  tenant_id   bigint NOT NULL REFERENCES tenants ON DELETE CASCADE,
  noun        text NOT NULL CHECK (noun IN ('company', 'workspace', 'contact')),
  customer_id bigint NOT NULL,
  tag_id      bigint NOT NULL,
  value       text,
  position    integer NOT NULL,
  PRIMARY KEY (tenant_id, noun, customer_id, tag_id),
  FOREIGN KEY (tenant_id, tag_id) REFERENCES tags
);
CREATE INDEX customer_tags_tag ON customer_tags (tenant_id, tag_id, noun, value, customer_id);
SELECT protect('customer_tags');

CREATE TABLE customer_artifacts (
  tenant_id     bigint NOT NULL REFERENCES tenants ON DELETE CASCADE,
  attachment_id bigint NOT NULL,
  noun          text NOT NULL CHECK (noun IN ('company', 'workspace', 'contact')),
  customer_id   bigint NOT NULL,
  position      integer NOT NULL,
  PRIMARY KEY (tenant_id, attachment_id),
  FOREIGN KEY (tenant_id, attachment_id) REFERENCES attachments ON DELETE CASCADE
);
CREATE INDEX customer_artifacts_customer ON customer_artifacts (tenant_id, noun, customer_id, position);
SELECT protect('customer_artifacts');

CREATE FUNCTION drop_carried() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM customer_tags t WHERE t.tenant_id = OLD.tenant_id AND t.noun = TG_ARGV[0] AND t.customer_id = OLD.id;
  DELETE FROM customer_artifacts a WHERE a.tenant_id = OLD.tenant_id AND a.noun = TG_ARGV[0] AND a.customer_id = OLD.id;
  RETURN NULL;
END $$;
CREATE TRIGGER drop_carried AFTER DELETE ON companies FOR EACH ROW EXECUTE FUNCTION drop_carried('company');
CREATE TRIGGER drop_carried AFTER DELETE ON workspaces FOR EACH ROW EXECUTE FUNCTION drop_carried('workspace');
CREATE TRIGGER drop_carried AFTER DELETE ON contacts FOR EACH ROW EXECUTE FUNCTION drop_carried('contact');

-- attachments.parent, which keeps a file from being swept, comes with a later migration; from then on it is told here.
CREATE FUNCTION keep_parent() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = 'attachments'::regclass AND a.attname = 'parent' AND NOT a.attisdropped) THEN
    RETURN NULL;
  END IF;
  IF TG_OP = 'DELETE' THEN
    UPDATE attachments a SET parent = NULL
    WHERE a.tenant_id = OLD.tenant_id AND a.id = OLD.attachment_id AND a.parent = OLD.noun || ':' || OLD.customer_id;
  ELSE
    UPDATE attachments a SET parent = NEW.noun || ':' || NEW.customer_id WHERE a.tenant_id = NEW.tenant_id AND a.id = NEW.attachment_id;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER keep_parent AFTER INSERT OR UPDATE OR DELETE ON customer_artifacts FOR EACH ROW EXECUTE FUNCTION keep_parent();

-- What was handed out of a contact's personal data is found again when it is erased.
CREATE INDEX events_personal_data ON events (tenant_id, id) WHERE kind = 'contact.personal_data';
