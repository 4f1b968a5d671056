"""Traces of turns, a partition for each day.

The application owns nothing: it makes and drops partitions through a function of the owner, which takes a number of days
and nothing else. A new partition is attached, because that does not stop those who write meanwhile.
"""

from django.db import migrations, models

TABLE = """
CREATE TABLE observability_trace (
    at timestamptz NOT NULL,
    turn bigint NOT NULL,
    attempt integer NOT NULL,
    conversation uuid NOT NULL,
    site integer,
    model integer,
    rule integer,
    audience integer,
    state text NOT NULL,
    offset_ms integer,
    took_ms integer NOT NULL,
    spans bytea NOT NULL
) PARTITION BY RANGE (at);
ALTER TABLE observability_trace ALTER COLUMN spans SET STORAGE EXTERNAL;
CREATE INDEX observability_trace_turn ON observability_trace (turn);
"""

# Days are those of UTC. The lock's wait is bounded: a long read must not make writers queue up behind a DROP.
KEEP = """
CREATE FUNCTION observability_keep_traces(days integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp SET timezone = 'UTC' SET lock_timeout = '2s'
AS $$
DECLARE
    day date;
    name text;
    dropped integer := 0;
BEGIN
    IF days IS NULL OR days NOT BETWEEN 1 AND 3650 THEN
        RAISE EXCEPTION 'Traces are kept for 1 to 3650 days, not %', days;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('observability_keep_traces'));
    FOR day IN SELECT generate_series(current_date - 1, current_date + 3, interval '1 day')::date LOOP
        name := 'observability_trace_' || to_char(day, 'YYYYMMDD');
        IF to_regclass('public.' || name) IS NULL THEN
            EXECUTE format('CREATE TABLE public.%I (LIKE public.observability_trace INCLUDING ALL)', name);
            EXECUTE format('ALTER TABLE public.observability_trace ATTACH PARTITION public.%I FOR VALUES FROM (%L) TO (%L)',
                           name, day::timestamptz, (day + 1)::timestamptz);
        END IF;
    END LOOP;
    FOR name IN
        SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent = 'public.observability_trace'::regclass
          AND c.relname ~ '^observability_trace_[0-9]{8}$'
          AND to_date(right(c.relname, 8), 'YYYYMMDD') < current_date - days
        ORDER BY 1
    LOOP
        EXECUTE format('DROP TABLE public.%I', name);
        dropped := dropped + 1;
    END LOOP;
    RETURN dropped;
END $$;
SELECT observability_keep_traces(3650);
"""


class Migration(migrations.Migration):

    dependencies = [("observability", "0003_logs")]

    operations = [
        migrations.CreateModel(
            name="Trace",
            fields=[
                ("pk", models.CompositePrimaryKey("turn", "attempt", "at", blank=True, editable=False, primary_key=True, serialize=False)),
                ("at", models.DateTimeField()),
                ("turn", models.BigIntegerField()),
                ("attempt", models.IntegerField()),
                ("conversation", models.UUIDField()),
                ("site", models.IntegerField(null=True)),
                ("model", models.IntegerField(null=True)),
                ("rule", models.IntegerField(null=True)),
                ("audience", models.IntegerField(null=True)),
                ("state", models.TextField()),
                ("offset_ms", models.IntegerField(null=True)),
                ("took_ms", models.IntegerField()),
                ("spans", models.BinaryField()),
            ],
            options={"db_table": "observability_trace", "managed": False, "default_permissions": ()},
        ),
        migrations.RunSQL(TABLE, "DROP TABLE observability_trace"),
        migrations.RunSQL(KEEP, "DROP FUNCTION observability_keep_traces(integer)"),
    ]
