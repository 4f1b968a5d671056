"""Statistics: by the minute, the hour and the day, in partitions that the application asks the owner's functions for.

A row is a figure's everything of its time: `sums` and `sketch` are records (observability/statistics/records.py) whose
concatenation is their merging, by the numbers of `observability_cell`. What processes add goes to `observability_fresh`
first, a small table that is emptied each minute; so the others are written once and stay dense. A row that no partition
is there for waits in the default one. `observability_due` names the hours and days that were not summed since something
was added to them: whoever reads them reads the finer rows.

`observability_partitioned` lists what the two functions may touch; they run as the owner, since the application's role
owns nothing. Another migration adds its own table there: its name, `day`, `month` or `year`, and what is never dropped.
"""

from django.db import migrations

TABLES = """
CREATE TABLE observability_cell (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    label text NOT NULL DEFAULT '',
    site bigint NOT NULL DEFAULT 0,
    model bigint NOT NULL DEFAULT 0,
    rule bigint NOT NULL DEFAULT 0,
    audience bigint NOT NULL DEFAULT 0,
    source text NOT NULL DEFAULT '',
    CONSTRAINT observability_cell_once UNIQUE (label, site, model, rule, audience, source)
);
CREATE TABLE observability_fresh (
    at timestamptz NOT NULL, figure text NOT NULL, sums bytea NOT NULL, sketch bytea NOT NULL DEFAULT ''
);
CREATE INDEX observability_fresh_figure ON observability_fresh (figure, at);
CREATE TABLE observability_due (
    grain text NOT NULL, at timestamptz NOT NULL, CONSTRAINT observability_due_once PRIMARY KEY (grain, at)
);
CREATE TABLE observability_partitioned (
    parent text PRIMARY KEY CHECK (parent ~ '^observability_[a-z]+$'),
    unit text NOT NULL CHECK (unit IN ('day', 'month', 'year')),
    keep interval NOT NULL
);
"""
GRAIN = """
CREATE TABLE observability_{grain} (
    at timestamptz NOT NULL, figure text NOT NULL, sums bytea NOT NULL, sketch bytea NOT NULL DEFAULT ''
) PARTITION BY RANGE (at);
CREATE INDEX observability_{grain}_figure ON observability_{grain} (figure, at);
CREATE TABLE observability_{grain}_other PARTITION OF observability_{grain} DEFAULT;
INSERT INTO observability_partitioned VALUES ('observability_{grain}', '{unit}', '{keep}');
"""
UNITS = {"minute": ("day", "1 day"), "hour": ("month", "7 days"), "day": ("year", "31 days")}

FUNCTIONS = """
CREATE FUNCTION observability_make_partition(parent_name text, moment timestamptz) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET timezone = 'UTC' AS $$
DECLARE
    wanted record;
    first timestamptz;
    following timestamptz;
    part text;
BEGIN
    SELECT * INTO wanted FROM observability_partitioned WHERE parent = parent_name;
    IF NOT FOUND THEN RAISE EXCEPTION '% is no table with partitions of ours', parent_name; END IF;
    IF moment NOT BETWEEN now() - interval '11 years' AND now() + interval '400 days' THEN
        RAISE EXCEPTION 'a partition for % is out of range', moment;
    END IF;
    first := date_trunc(wanted.unit, moment);
    following := first + ('1 ' || wanted.unit)::interval;
    part := parent_name || '_' || to_char(first, 'YYYYMMDD');
    PERFORM pg_advisory_xact_lock(hashtext('observability partitions'), hashtext(parent_name));
    IF to_regclass(part) IS NOT NULL THEN RETURN false; END IF;
    EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING ALL)', part, parent_name);
    EXECUTE format(
        'WITH waiting AS (DELETE FROM %I WHERE at >= %L AND at < %L RETURNING *) INSERT INTO %I SELECT * FROM waiting',
        parent_name || '_other', first, following, part);
    EXECUTE format(
        'ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', parent_name, part, first, following);
    RETURN true;
END $$;

CREATE FUNCTION observability_drop_partitions(parent_name text, before timestamptz) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET timezone = 'UTC' AS $$
DECLARE
    wanted record;
    part text;
    dropped integer := 0;
BEGIN
    SELECT * INTO wanted FROM observability_partitioned WHERE parent = parent_name;
    IF NOT FOUND THEN RAISE EXCEPTION '% is no table with partitions of ours', parent_name; END IF;
    before := least(before, now() - wanted.keep);
    PERFORM pg_advisory_xact_lock(hashtext('observability partitions'), hashtext(parent_name));
    FOR part IN
        SELECT child.relname FROM pg_inherits
        JOIN pg_class child ON child.oid = inhrelid
        WHERE inhparent = to_regclass(parent_name) AND child.relname ~ ('^' || parent_name || '_[0-9]{8}$')
            AND to_date(right(child.relname, 8), 'YYYYMMDD')::timestamptz + ('1 ' || wanted.unit)::interval <= before
    LOOP
        EXECUTE format('DROP TABLE %I', part);
        dropped := dropped + 1;
    END LOOP;
    RETURN dropped;
END $$;
"""
# The application reads the list and changes it not, where it is another role than the owner (embedded/roles.py).
RIGHTS = """
DO $$
DECLARE found record;
BEGIN
    FOR found IN
        SELECT DISTINCT grantee FROM information_schema.role_table_grants
        WHERE table_name = 'observability_partitioned' AND grantee NOT IN (current_user, 'PUBLIC')
    LOOP
        EXECUTE format('REVOKE INSERT, UPDATE, DELETE ON observability_partitioned FROM %I', found.grantee);
    END LOOP;
END $$;
"""
UNDO = """
DROP FUNCTION observability_make_partition, observability_drop_partitions;
DROP TABLE observability_cell, observability_fresh, observability_due, observability_partitioned,
    observability_minute, observability_hour, observability_day;
"""


class Migration(migrations.Migration):

    dependencies = []

    operations = [
        migrations.RunSQL(
            TABLES
            + "".join(GRAIN.format(grain=grain, unit=unit, keep=keep) for grain, (unit, keep) in UNITS.items())
            + FUNCTIONS
            + RIGHTS,
            UNDO,
        ),
    ]
