-- What conversations are filtered by and what no column holds, beside them: counting the matches of such a filter read every
-- conversation of the tenant with its JSON. Derived, kept by triggers that no message fires.
CREATE TABLE conversation_facets (
  tenant_id           bigint NOT NULL,
  conversation_number bigint NOT NULL,
  key                 text NOT NULL,
  value               text NOT NULL,
  raw                 text,
  inbox_id            bigint NOT NULL,
  assignee_user_id    bigint,
  PRIMARY KEY (tenant_id, conversation_number, key),
  FOREIGN KEY (tenant_id, conversation_number) REFERENCES conversations ON DELETE CASCADE
);
COMMENT ON COLUMN conversation_facets.key IS 'an attribute, tnt:<key> for a custom field, or labels where there are any';
COMMENT ON COLUMN conversation_facets.value IS 'in lower case, the first 250 characters; nothing of labels';
COMMENT ON COLUMN conversation_facets.raw IS 'the value as it is, where that differs and it is compared so (attributes)';
CREATE INDEX conversation_facets_value
  ON conversation_facets (tenant_id, key, value, raw, inbox_id, assignee_user_id, conversation_number);
CREATE INDEX conversation_facets_cut ON conversation_facets (tenant_id, key) WHERE length(value) = 250;
SELECT protect('conversation_facets');

CREATE FUNCTION facets_of(attributes jsonb, fields jsonb) RETURNS TABLE (key text, value text, raw text)
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT a.key, left(lower(a.value), 250), CASE WHEN a.value <> lower(a.value) THEN left(a.value, 250) END
  FROM jsonb_each_text(CASE jsonb_typeof(attributes) WHEN 'object' THEN attributes ELSE '{}' END) a
  WHERE a.key IN ('browser_language', 'conversation_language', 'referer', 'mail_subject') AND a.value IS NOT NULL
  UNION ALL
  SELECT 'tnt:' || f.key, left(lower(f.value), 250), NULL
  FROM jsonb_each_text(CASE jsonb_typeof(fields -> 'tnt') WHEN 'object' THEN fields -> 'tnt' ELSE '{}' END) f
  WHERE f.value IS NOT NULL AND length(f.key) <= 250
$$;

CREATE FUNCTION insert_facets() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  INSERT INTO conversation_facets (tenant_id, conversation_number, key, value, raw, inbox_id, assignee_user_id)
  SELECT c.tenant_id, c.number, f.key, f.value, f.raw, c.inbox_id, c.assignee_user_id
  FROM fresh c, facets_of(c.additional_attributes, c.custom_fields) f;
  RETURN NULL;
END $$;
CREATE TRIGGER insert_facets AFTER INSERT ON conversations
  REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION insert_facets();

CREATE FUNCTION update_facets() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  UPDATE conversation_facets f SET inbox_id = NEW.inbox_id, assignee_user_id = NEW.assignee_user_id
  WHERE f.tenant_id = NEW.tenant_id AND f.conversation_number = NEW.number
    AND (f.inbox_id, f.assignee_user_id) IS DISTINCT FROM (NEW.inbox_id, NEW.assignee_user_id);
  IF (OLD.additional_attributes, OLD.custom_fields) IS DISTINCT FROM (NEW.additional_attributes, NEW.custom_fields) THEN
    DELETE FROM conversation_facets f
    WHERE f.tenant_id = NEW.tenant_id AND f.conversation_number = NEW.number AND f.key <> 'labels'
      AND NOT EXISTS (SELECT FROM facets_of(NEW.additional_attributes, NEW.custom_fields) n
                      WHERE (n.key, n.value) = (f.key, f.value) AND n.raw IS NOT DISTINCT FROM f.raw);
    INSERT INTO conversation_facets (tenant_id, conversation_number, key, value, raw, inbox_id, assignee_user_id)
    SELECT NEW.tenant_id, NEW.number, n.key, n.value, n.raw, NEW.inbox_id, NEW.assignee_user_id
    FROM facets_of(NEW.additional_attributes, NEW.custom_fields) n ON CONFLICT DO NOTHING;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER update_facets AFTER UPDATE OF additional_attributes, custom_fields, inbox_id, assignee_user_id ON conversations FOR EACH ROW
  WHEN ((OLD.additional_attributes, OLD.custom_fields, OLD.inbox_id, OLD.assignee_user_id)
        IS DISTINCT FROM (NEW.additional_attributes, NEW.custom_fields, NEW.inbox_id, NEW.assignee_user_id))
  EXECUTE FUNCTION update_facets();

-- Writers of a conversation's tags hold its row, so that first and last are told apart.
CREATE FUNCTION label_facets() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO conversation_facets (tenant_id, conversation_number, key, value, raw, inbox_id, assignee_user_id)
    SELECT c.tenant_id, c.number, 'labels', '', NULL, c.inbox_id, c.assignee_user_id
    FROM (SELECT DISTINCT t.tenant_id, t.conversation_number FROM changed t) t
    JOIN conversations c ON c.tenant_id = t.tenant_id AND c.number = t.conversation_number
    ON CONFLICT DO NOTHING;
  ELSE
    DELETE FROM conversation_facets f USING changed t
    WHERE f.tenant_id = t.tenant_id AND f.conversation_number = t.conversation_number AND f.key = 'labels'
      AND NOT EXISTS (SELECT FROM conversation_tags o
                      WHERE o.tenant_id = t.tenant_id AND o.conversation_number = t.conversation_number);
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER label_facets_insert AFTER INSERT ON conversation_tags
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION label_facets();
CREATE TRIGGER label_facets_delete AFTER DELETE ON conversation_tags
  REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION label_facets();
REVOKE EXECUTE ON FUNCTION insert_facets(), update_facets(), label_facets() FROM PUBLIC;

INSERT INTO conversation_facets (tenant_id, conversation_number, key, value, raw, inbox_id, assignee_user_id)
SELECT c.tenant_id, c.number, f.key, f.value, f.raw, c.inbox_id, c.assignee_user_id
FROM conversations c, facets_of(c.additional_attributes, c.custom_fields) f
UNION ALL
SELECT c.tenant_id, c.number, 'labels', '', NULL, c.inbox_id, c.assignee_user_id
FROM conversations c WHERE EXISTS (SELECT FROM conversation_tags t WHERE t.tenant_id = c.tenant_id AND t.conversation_number = c.number);
