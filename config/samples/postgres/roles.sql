-- The roles and the database of a ledger. A superuser, or a role that may make
-- roles and databases, runs this once with psql:
--
--   psql --set ON_ERROR_STOP=1 --file roles.sql
--
-- then gives both roles a password (psql's \password sends no clear text), and
-- makes the tables:
--
--   manager migrate --ledger 'postgres://prepay_owner@db.example.com/prepay?sslmode=verify-full' --ledger-password-file password

-- Owns the database and its tables. Only manager migrate connects as this role,
-- and whoever erases personal annotations.
CREATE ROLE prepay_owner LOGIN;

-- The manager, and manager audit. What it may do with each table is granted by
-- manager migrate: it reads everything, adds to the log, and can neither change
-- nor remove what is in it.
CREATE ROLE prepay_manager LOGIN;

-- Byte order is all the ledger needs of a locale, and does not change with the
-- operating system's.
CREATE DATABASE prepay OWNER prepay_owner TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C';
REVOKE ALL ON DATABASE prepay FROM PUBLIC;
GRANT CONNECT ON DATABASE prepay TO prepay_manager;

-- Look-ups are short and their number of rows is guessed too high: compiling
-- them would take longer than running them.
ALTER ROLE prepay_manager IN DATABASE prepay SET jit = off;

\connect prepay

-- Nobody but the owner makes tables here, as is usual since PostgreSQL 15.
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
ALTER SCHEMA public OWNER TO prepay_owner;

-- The log's payloads are compressed with the fast method, not with the default.
-- It is PostgreSQL 14's; without it everything works, at more processor time.
ALTER ROLE prepay_manager IN DATABASE prepay SET default_toast_compression = 'lz4';
