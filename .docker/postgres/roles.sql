-- The database's roles, made once as the server's administrator, and again after a restore on a new server:
--   psql --dbname postgres --set owner_password="$(cat …)" --set portal_password="$(cat …)" --file roles.sql
-- May run any number of times; it sets both passwords anew.
--   hrportal_owner    owns the tables; `manage.py migrate` signs in as it, nothing else does
--   hrportal_portal   what web and workers sign in as; may nothing by itself
--   hrportal_app      what it becomes for each transaction, held by the policies of every table
--   hrportal_bank     the same for work on the whole bank
\set ON_ERROR_STOP on
SELECT format('CREATE ROLE %I', name) FROM unnest(ARRAY['hrportal_app', 'hrportal_bank', 'hrportal_owner', 'hrportal_portal']) AS name
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) \gexec
ALTER ROLE hrportal_owner LOGIN NOSUPERUSER NOCREATEROLE NOCREATEDB NOBYPASSRLS PASSWORD :'owner_password';
ALTER ROLE hrportal_portal LOGIN NOINHERIT NOSUPERUSER NOCREATEROLE NOCREATEDB NOBYPASSRLS PASSWORD :'portal_password';
-- Before PostgreSQL 16 NOINHERIT above says the same for the whole account.
SELECT CASE WHEN current_setting('server_version_num')::int < 160000
    THEN 'GRANT hrportal_app, hrportal_bank TO hrportal_portal'
    ELSE 'GRANT hrportal_app, hrportal_bank TO hrportal_portal WITH INHERIT FALSE, SET TRUE' END \gexec
SELECT 'CREATE DATABASE hrportal OWNER hrportal_owner' WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'hrportal') \gexec
ALTER DATABASE hrportal OWNER TO hrportal_owner;
