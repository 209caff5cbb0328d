-- list_columns: the columns of a table; not every noun keeps custom fields
SELECT a.attname FROM pg_attribute a WHERE a.attrelid = to_regclass($1::text) AND a.attnum > 0 AND NOT a.attisdropped

-- matches: whether a text matches a regular expression
SELECT $1::text ~ $2::text
