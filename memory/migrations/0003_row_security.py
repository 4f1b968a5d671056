"""Row-level security on everything that is remembered of a contact, and contacts that take it along when they go.

The policies' settings are read in sub-queries, so that they are evaluated once a statement and not once a row. The keys
are made ON DELETE CASCADE in the database: Django's own cascade would not see another contact's rows, and Postgres's
passes the policies by design.
"""

from django.db import migrations

TABLES = (
    "memory_usermemory",
    "memory_rememberedmessage",
    "memory_ignored",
    "memory_memorypreference",
    "memory_conversationcursor",
)

POLICY = """
ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
CREATE POLICY of_one_contact ON {table} USING (
    contact_id = (SELECT nullif(current_setting('parley.contact', true), '')::uuid)
    OR (SELECT current_setting('parley.staff', true)) = 'on'
);
"""
NO_POLICY = """
DROP POLICY of_one_contact ON {table};
ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY;
ALTER TABLE {table} DISABLE ROW LEVEL SECURITY;
"""

# Django names its constraints with a hash: they are looked up.
ON_DELETE = """
DO $$
DECLARE found record;
BEGIN
    FOR found IN
        SELECT conname, conrelid::regclass AS owner, pg_get_constraintdef(oid) AS definition, confrelid
        FROM pg_constraint
        WHERE contype = 'f' AND confdeltype = 'a' AND conrelid = '{table}'::regclass
    LOOP
        EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', found.owner, found.conname);
        EXECUTE format('ALTER TABLE %s ADD CONSTRAINT %I %s', found.owner, found.conname, replace(
            found.definition, ' DEFERRABLE',
            CASE WHEN found.confrelid = 'people_contact'::regclass THEN ' ON DELETE CASCADE' ELSE ' ON DELETE SET NULL' END
            || ' DEFERRABLE'));
    END LOOP;
END $$;
"""


class Migration(migrations.Migration):

    dependencies = [("memory", "0002_remembered")]

    operations = [
        *[migrations.RunSQL(ON_DELETE.format(table=table), migrations.RunSQL.noop) for table in TABLES],
        *[migrations.RunSQL(POLICY.format(table=table), NO_POLICY.format(table=table)) for table in TABLES],
    ]
