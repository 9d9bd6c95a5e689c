"""What a user of a PostgreSQL may do beyond reading: asked of the server, for all roles that the user may act as."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from integrations.simrs.rights import Rights

_BEYOND = text("""
WITH mine AS (SELECT * FROM pg_roles WHERE pg_has_role(current_user, oid, 'MEMBER')),
     spaces AS (SELECT oid, nspname FROM pg_namespace
                WHERE nspname <> 'information_schema' AND left(nspname, 3) <> 'pg_'),
     things AS (SELECT oid, relkind FROM pg_class WHERE relnamespace IN (SELECT oid FROM spaces)),
     writing (name) AS (VALUES ('INSERT'), ('UPDATE'), ('DELETE'), ('TRUNCATE'), ('REFERENCES'), ('TRIGGER'))
SELECT writing.name FROM mine CROSS JOIN things CROSS JOIN writing
 WHERE things.relkind IN ('r', 'p', 'v', 'm', 'f')
   AND CASE WHEN writing.name IN ('INSERT', 'UPDATE', 'REFERENCES')
            THEN has_any_column_privilege(mine.oid, things.oid, writing.name)
            ELSE has_table_privilege(mine.oid, things.oid, writing.name) END
UNION
SELECT 'UPDATE of a sequence' FROM mine CROSS JOIN things
 WHERE things.relkind = 'S' AND has_sequence_privilege(mine.oid, things.oid, 'UPDATE, USAGE')
UNION
SELECT 'CREATE in ' || spaces.nspname FROM mine CROSS JOIN spaces
 WHERE has_schema_privilege(mine.oid, spaces.oid, 'CREATE')
UNION
SELECT 'CREATE in the database' FROM mine WHERE has_database_privilege(mine.oid, current_database(), 'CREATE')
UNION
SELECT held.name FROM mine CROSS JOIN LATERAL (
    VALUES ('SUPERUSER', rolsuper), ('CREATEDB', rolcreatedb), ('CREATEROLE', rolcreaterole),
           ('REPLICATION', rolreplication), ('BYPASSRLS', rolbypassrls)) AS held (name, is_held)
 WHERE held.is_held
UNION
SELECT rolname FROM mine
 WHERE rolname IN ('pg_write_server_files', 'pg_execute_server_program', 'pg_signal_backend', 'pg_maintain')
""")

_READABLE = text("""
SELECT count(DISTINCT pg_class.oid)
  FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace CROSS JOIN pg_roles
 WHERE nspname <> 'information_schema' AND left(nspname, 3) <> 'pg_' AND relkind IN ('r', 'p', 'v', 'm', 'f')
   AND pg_has_role(current_user, pg_roles.oid, 'MEMBER')
   AND has_any_column_privilege(pg_roles.oid, pg_class.oid, 'SELECT')
""")


async def read_postgresql_rights(connection: AsyncConnection) -> Rights:
    beyond = {row[0] for row in await connection.execute(_BEYOND)}
    readable = (await connection.execute(_READABLE)).scalar_one()
    return Rights(tuple(sorted(beyond)), is_wide=readable > 1)
