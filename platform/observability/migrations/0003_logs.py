"""Logs. Two tables are partitioned: what is held, by the hour, and what is kept, by trouble and then by the day.

A kept conversation that gets into trouble later moves to the other half, which is kept longer. Days are made and dropped
by the functions of 0001; hours of what is held by those below, which drop what has ended and is empty: whatever is not
decided by then is carried over first. Neither is in need of a vacuum: tables go as a whole.
"""

import django.contrib.postgres.fields
import django.core.validators
import django.db.models.functions.datetime
from decimal import Decimal
from django.db import migrations, models
from django.db.models import F

REASONS = [
    ("sampled", "Sampled"), ("error", "Error"), ("escalation", "Escalation"), ("report", "Problem report"),
    ("thumbs_down", "Thumbs down"), ("breaker", "Breaker open"), ("alert", "Alert"), ("worker_lost", "Worker lost"),
]

KEPT = """
CREATE TABLE observability_logrecord (
    number bigint NOT NULL,
    conversation uuid NOT NULL,
    at timestamptz NOT NULL,
    troubled boolean NOT NULL,
    turn bigint,
    site bigint,
    audience bigint,
    rule bigint,
    kind text NOT NULL,
    data text NOT NULL,
    CONSTRAINT observability_logrecord_once UNIQUE (conversation, at, number, troubled)
) PARTITION BY LIST (troubled);
CREATE INDEX observability_logrecord_at ON observability_logrecord (at);
CREATE TABLE observability_logsampled PARTITION OF observability_logrecord FOR VALUES IN (false) PARTITION BY RANGE (at);
CREATE TABLE observability_logtroubled PARTITION OF observability_logrecord FOR VALUES IN (true) PARTITION BY RANGE (at);
CREATE TABLE observability_logsampled_other PARTITION OF observability_logsampled DEFAULT;
CREATE TABLE observability_logtroubled_other PARTITION OF observability_logtroubled DEFAULT;
INSERT INTO observability_partitioned VALUES
    ('observability_logsampled', 'day', '1 day'), ('observability_logtroubled', 'day', '1 day');
"""
NOT_KEPT = """
DROP TABLE observability_logrecord;
DELETE FROM observability_partitioned WHERE parent IN ('observability_logsampled', 'observability_logtroubled');
"""
HELD = """
CREATE SEQUENCE observability_heldlog_id;
CREATE TABLE observability_heldlog (
    id bigint NOT NULL DEFAULT nextval('observability_heldlog_id'),
    held_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    last_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    conversation uuid NOT NULL,
    site bigint,
    audience bigint,
    rules bigint[] NOT NULL DEFAULT '{}',
    reasons text[] NOT NULL DEFAULT '{}',
    records integer NOT NULL DEFAULT 0,
    data bytea
) PARTITION BY RANGE (held_at);
ALTER TABLE observability_heldlog ALTER data SET STORAGE EXTERNAL;
CREATE INDEX observability_heldlog_conversation ON observability_heldlog (conversation, last_at);
CREATE INDEX observability_heldlog_last_at ON observability_heldlog (last_at);
CREATE INDEX observability_heldlog_trouble ON observability_heldlog (last_at) WHERE reasons <> '{}';
CREATE TABLE observability_heldlog_other PARTITION OF observability_heldlog DEFAULT;

CREATE FUNCTION observability_make_held(moment timestamptz) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET timezone = 'UTC' AS $$
DECLARE
    first timestamptz := date_trunc('hour', moment);
    part text := 'observability_heldlog_' || to_char(first, 'YYYYMMDDHH24');
BEGIN
    IF moment NOT BETWEEN now() - interval '1 hour' AND now() + interval '1 day' THEN
        RAISE EXCEPTION 'a partition for % is out of range', moment;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('observability partitions'), hashtext('observability_heldlog'));
    IF to_regclass(part) IS NOT NULL THEN RETURN false; END IF;
    EXECUTE format('CREATE TABLE %I (LIKE observability_heldlog INCLUDING ALL) WITH (autovacuum_enabled = false)', part);
    EXECUTE format(
        'WITH waiting AS (DELETE FROM observability_heldlog_other WHERE held_at >= %L AND held_at < %L RETURNING *)'
        ' INSERT INTO %I SELECT * FROM waiting', first, first + interval '1 hour', part);
    EXECUTE format(
        'ALTER TABLE observability_heldlog ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
        part, first, first + interval '1 hour');
    RETURN true;
END $$;

CREATE FUNCTION observability_drop_held() RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET timezone = 'UTC' AS $$
DECLARE
    part text;
    filled boolean;
    dropped integer := 0;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('observability partitions'), hashtext('observability_heldlog'));
    FOR part IN
        SELECT child.relname FROM pg_inherits JOIN pg_class child ON child.oid = inhrelid
        WHERE inhparent = to_regclass('observability_heldlog') AND child.relname ~ '^observability_heldlog_[0-9]{10}$'
            AND to_timestamp(right(child.relname, 10), 'YYYYMMDDHH24') + interval '2 hours' <= now()
    LOOP
        EXECUTE format('SELECT EXISTS (SELECT FROM %I)', part) INTO filled;
        IF NOT filled THEN
            EXECUTE format('DROP TABLE %I', part);
            dropped := dropped + 1;
        END IF;
    END LOOP;
    RETURN dropped;
END $$;
"""
NOT_HELD = """
DROP FUNCTION observability_make_held(timestamptz);
DROP FUNCTION observability_drop_held();
DROP TABLE observability_heldlog;
DROP SEQUENCE observability_heldlog_id;
"""


class Migration(migrations.Migration):

    dependencies = [("observability", "0002_alerts")]

    operations = [
        migrations.RunSQL(KEPT, NOT_KEPT),
        migrations.RunSQL(HELD, NOT_HELD),
        migrations.CreateModel(
            name='HeldLog',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('held_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('last_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('conversation', models.UUIDField()),
                ('site', models.BigIntegerField(null=True)),
                ('audience', models.BigIntegerField(null=True)),
                ('rules', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), default=list, size=None)),
                ('reasons', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=REASONS, max_length=20), size=None)),
                ('records', models.PositiveIntegerField(default=0)),
                ('data', models.BinaryField(null=True)),
            ],
            options={
                'managed': False,
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='LogRecord',
            fields=[
                ('number', models.BigIntegerField(primary_key=True, serialize=False)),
                ('conversation', models.UUIDField()),
                ('at', models.DateTimeField()),
                ('troubled', models.BooleanField()),
                ('turn', models.BigIntegerField(null=True)),
                ('site', models.BigIntegerField(null=True)),
                ('audience', models.BigIntegerField(null=True)),
                ('rule', models.BigIntegerField(null=True)),
                ('kind', models.CharField(choices=[('accepted', 'Message accepted'), ('prepared', 'Prepared'), ('parked', 'Waits'), ('prompt', 'Prompt'), ('reply', 'Reply'), ('attempt_failed', 'Attempt failed'), ('finished', 'Finished'), ('delivered', 'Delivered'), ('rating', 'Rating'), ('report', 'Problem report'), ('escalation', 'Escalation'), ('error', 'Error'), ('worker_lost', 'Worker lost'), ('note', 'Note'), ('gap', 'Left out')], max_length=20)),
                ('data', models.TextField()),
            ],
            options={
                'verbose_name': 'log record',
                'ordering': ['at', 'number'],
                'managed': False,
            },
        ),
        migrations.CreateModel(
            name='LogErasure',
            fields=[
                ('conversation', models.UUIDField(primary_key=True, serialize=False)),
                ('at', models.DateTimeField()),
            ],
            options={
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='LoggedConversation',
            fields=[
                ('conversation', models.UUIDField(primary_key=True, serialize=False)),
                ('site', models.BigIntegerField(null=True)),
                ('audience', models.BigIntegerField(null=True)),
                ('rules', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), default=list, size=None)),
                ('reasons', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=REASONS, max_length=20), size=None)),
                ('first_at', models.DateTimeField()),
                ('last_at', models.DateTimeField()),
                ('kept_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('records', models.PositiveIntegerField(default=0)),
                ('size', models.BigIntegerField(default=0, help_text='Bytes of the records.')),
                ('left_out', models.PositiveIntegerField(default=0, help_text='Records in the middle, of too many.')),
                ('names', models.JSONField(default=dict)),
            ],
            options={
                'verbose_name': 'logged conversation',
                'ordering': ['-last_at'],
            },
        ),
        migrations.CreateModel(
            name='LogSettings',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('hold_minutes', models.PositiveIntegerField(default=30, help_text='Since the last activity of a conversation. Then it is decided whether its log is kept.', validators=[django.core.validators.MinValueValidator(1, 'At least 1 minute.'), django.core.validators.MaxValueValidator(1440, 'At most 1,440 minutes, a day.')], verbose_name='held for, minutes')),
                ('held_megabytes', models.PositiveIntegerField(default=256, help_text='What is beyond is held in Postgres.', validators=[django.core.validators.MinValueValidator(1, 'At least 1 MiB.'), django.core.validators.MaxValueValidator(65536, 'At most 65,536 MiB.')], verbose_name='held in Redis, MiB')),
                ('sampled_days', models.PositiveIntegerField(default=14, validators=[django.core.validators.MinValueValidator(1, 'At least 1 day.'), django.core.validators.MaxValueValidator(3650)], verbose_name='sampled logs, days')),
                ('troubled_days', models.PositiveIntegerField(default=60, validators=[django.core.validators.MinValueValidator(1, 'At least 1 day.'), django.core.validators.MaxValueValidator(3650)], verbose_name='logs of trouble, days')),
                ('kept_megabytes', models.PositiveIntegerField(default=4096, help_text='Beyond it the oldest days go: first those of sampled logs, then those of trouble.', validators=[django.core.validators.MinValueValidator(10, 'At least 10 MiB.')], verbose_name='kept in all, MiB')),
                ('most_records', models.PositiveIntegerField(default=4000, help_text='Of more, the first quarter and the newest are kept; what is left out in between is counted.', validators=[django.core.validators.MinValueValidator(100, 'At least 100.'), django.core.validators.MaxValueValidator(100000, 'At most 100,000.')], verbose_name='records of one conversation')),
                ('shown', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=20), blank=True, default=list, help_text='Kinds of data that are not redacted.', size=None)),
                ('masked_keys', models.TextField(blank=True, help_text='Names of fields in the data, one on each line: their values are never logged.', max_length=4000, verbose_name='fields that are always masked')),
            ],
            options={
                'verbose_name': 'log settings',
                'verbose_name_plural': 'log settings',
            },
        ),
        migrations.CreateModel(
            name='LogTally',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField()),
                ('outcome', models.CharField(max_length=10)),
                ('conversations', models.PositiveBigIntegerField(default=0)),
                ('records', models.PositiveBigIntegerField(default=0)),
                ('size', models.PositiveBigIntegerField(default=0)),
            ],
            options={
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='RedactionPattern',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(help_text='Stands in the log for what was found, like “order number”.', max_length=40, unique=True)),
                ('pattern', models.CharField(help_text='As RE2 writes them.', max_length=500)),
                ('case_sensitive', models.BooleanField(default=False, verbose_name='capitals matter')),
                ('enabled', models.BooleanField(default=True)),
            ],
            options={
                'ordering': ['name'],
            },
        ),
        migrations.CreateModel(
            name='SamplingPolicy',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('site', models.BigIntegerField(blank=True, help_text='Empty: all sites.', null=True)),
                ('audience', models.BigIntegerField(blank=True, help_text='Empty: all audiences.', null=True)),
                ('rule', models.BigIntegerField(blank=True, help_text='Empty: whatever rule decided.', null=True, verbose_name='routing rule')),
                ('share', models.DecimalField(decimal_places=2, default=Decimal('15'), help_text='Of conversations without trouble, so many are kept in full. Those with trouble are always kept.', max_digits=5, validators=[django.core.validators.MinValueValidator(0, 'At least 0 %.'), django.core.validators.MaxValueValidator(100, 'At most 100 %.')], verbose_name='share, %')),
                ('credit', models.FloatField(default=0.0, editable=False, help_text='Conversations that were due and not yet kept.')),
            ],
            options={
                'verbose_name': 'sampling policy',
                'verbose_name_plural': 'sampling policies',
                'ordering': [models.OrderBy(models.F('rule'), nulls_first=True), models.OrderBy(models.F('audience'), nulls_first=True), models.OrderBy(models.F('site'), nulls_first=True)],
            },
        ),
        migrations.AddIndex(
            model_name='logerasure',
            index=models.Index(fields=['at'], name='log_erased_at'),
        ),
        migrations.AddIndex(
            model_name='loggedconversation',
            index=models.Index(fields=['-last_at'], name='logged_newest'),
        ),
        migrations.AddConstraint(
            model_name='logsettings',
            constraint=models.CheckConstraint(condition=models.Q(('id', 1)), name='one_log_settings'),
        ),
        migrations.AddConstraint(
            model_name='logtally',
            constraint=models.UniqueConstraint(fields=('day', 'outcome'), name='one_log_tally_a_day'),
        ),
        migrations.AddConstraint(
            model_name='samplingpolicy',
            constraint=models.UniqueConstraint(fields=('site', 'audience', 'rule'), name='one_sampling_policy_for_each', nulls_distinct=False, violation_error_message='There is a policy for these already. Change that one.'),
        ),
    ]
