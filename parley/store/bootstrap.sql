-- What a new embedded cluster needs before migrations can run. Run by psql as the superuser, at every start: it changes
-- nothing the second time. parley_owner runs migrations and COPY loads and creates the trusted extensions; the server
-- takes the role parley_app, which row-level security binds.
\set ON_ERROR_STOP on
SET client_min_messages = warning;

SELECT 'CREATE ROLE parley_owner LOGIN CREATEDB CREATEROLE BYPASSRLS'
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'parley_owner') \gexec

SELECT 'CREATE ROLE parley_app NOLOGIN'
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'parley_app') \gexec

GRANT parley_app TO parley_owner;

SELECT 'CREATE DATABASE parley OWNER parley_owner'
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'parley') \gexec
