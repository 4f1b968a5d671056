import django.contrib.postgres.fields
import django.core.validators
import django.db.models.deletion
import django.db.models.functions.datetime
import django.utils.timezone
import uuid
from django.db import migrations, models

# Made once, with the table: what is changed or deleted afterwards stays so. Thresholds: seconds, shares, levels.
PRESETS = [
    {
        "name": "Answers are slow", "figure": "answer_seconds", "measure": "p95", "threshold": 5.0, "least": 20,
        "note": "The dashboards show which step and which model take the time.",
    },
    {
        "name": "Recall from memory is slow", "figure": "recall_seconds", "measure": "p95", "threshold": 0.3, "least": 20,
        "note": "Look at Postgres first: its load, and whether its indexes fit into its memory.",
    },
    {
        "name": "Turns fail", "figure": "turns", "measure": "share", "labels": ["failed"], "among": ["answered", "failed"],
        "threshold": 0.05, "least": 20, "severity": "critical",
        "note": "The dashboard of errors tells the cause: the provider, a time limit, or ourselves.",
    },
    {
        "name": "A model does not answer (its breaker is open)", "figure": "breakers_open", "measure": "highest",
        "threshold": 0.0, "by": "label", "window_minutes": 2, "hold_minutes": 0, "resolve_minutes": 2,
        "severity": "critical", "note": "The provider's page says what it answered last.",
    },
    {
        "name": "Turns wait for a worker", "figure": "queue_seconds", "measure": "p95", "threshold": 5.0, "least": 20,
        "note": "More worker processes, or a higher PARLEY_CONCURRENCY, shorten the line.",
    },
    {
        "name": "A budget is nearly used up", "figure": "budget_used", "measure": "highest", "threshold": 0.9,
        "by": "label", "window_minutes": 5, "hold_minutes": 0, "resolve_minutes": 10,
        "note": "Budgets say what happens at each threshold.",
    },
]


def make_presets(apps, _schema_editor):
    rules = apps.get_model("observability", "AlertRule")
    rules.objects.bulk_create(rules(**preset) for preset in PRESETS)


class Migration(migrations.Migration):

    dependencies = [("observability", "0001_statistics")]

    operations = [
        migrations.CreateModel(
            name='AlertChannel',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=100, unique=True)),
                ('kind', models.CharField(choices=[('email', 'E-mail'), ('webhook', 'Webhook')], default='email', max_length=10)),
                ('enabled', models.BooleanField(default=True)),
                ('addresses', models.TextField(blank=True, help_text='Who gets e-mail, one address on each line.', max_length=2000)),
                ('url', models.CharField(blank=True, help_text='Gets a POST for each message, like https://example.com/hook.', max_length=500, verbose_name='address')),
                ('encrypted_secret', models.TextField(blank=True, editable=False)),
                ('tell_resolved', models.BooleanField(default=True, verbose_name='tell when it is over')),
            ],
            options={
                'verbose_name': 'alert channel',
                'ordering': ['name'],
            },
        ),
        migrations.CreateModel(
            name='AlertRule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=100, unique=True)),
                ('enabled', models.BooleanField(default=True)),
                ('severity', models.CharField(choices=[('info', 'For information'), ('warning', 'Warning'), ('critical', 'Critical')], default='warning', max_length=10)),
                ('figure', models.CharField(max_length=60)),
                ('measure', models.CharField(choices=[('p50', 'p50 of times (half take no longer)'), ('p95', 'p95 of times (95 % take no longer)'), ('p99', 'p99 of times (99 % take no longer)'), ('per_minute', 'number a minute'), ('sum', 'sum in the window'), ('share', 'share of some labels among others'), ('mean', 'mean of a level'), ('highest', 'highest of a level')], max_length=20, verbose_name='what is looked at')),
                ('labels', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=200), blank=True, default=list, size=None, verbose_name='labels')),
                ('among', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=200), blank=True, default=list, size=None, verbose_name='among')),
                ('site_ids', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), blank=True, default=list, size=None, verbose_name='sites')),
                ('model_ids', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), blank=True, default=list, size=None, verbose_name='models')),
                ('rule_ids', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), blank=True, default=list, size=None, verbose_name='routing rules')),
                ('audience_ids', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), blank=True, default=list, size=None, verbose_name='audiences')),
                ('by', models.CharField(blank=True, choices=[('', 'everything together'), ('label', 'each label'), ('site', 'each site'), ('model', 'each model'), ('rule', 'each routing rule'), ('audience', 'each audience')], default='', max_length=10, verbose_name='watched for')),
                ('direction', models.CharField(choices=[('above', 'above'), ('below', 'below')], default='above', max_length=10, verbose_name='is')),
                ('threshold', models.FloatField(help_text='Seconds, a share between 0 and 1, dollars, or a number.')),
                ('window_minutes', models.PositiveIntegerField(default=5, help_text='Looked at together: the last so many minutes.', validators=[django.core.validators.MinValueValidator(1, 'At least 1.'), django.core.validators.MaxValueValidator(1440, 'At most 1,440 minutes, which is a day.')], verbose_name='window, minutes')),
                ('hold_minutes', models.PositiveIntegerField(default=2, help_text='It fires when it was bad for so long. 0: at once.', validators=[django.core.validators.MinValueValidator(0, 'At least 0.'), django.core.validators.MaxValueValidator(1440, 'At most 1,440 minutes, which is a day.')], verbose_name='hold, minutes')),
                ('resolve_minutes', models.PositiveIntegerField(default=5, help_text='It is over when it was good for so long. 0: at once.', validators=[django.core.validators.MinValueValidator(0, 'At least 0.'), django.core.validators.MaxValueValidator(1440, 'At most 1,440 minutes, which is a day.')], verbose_name='over after, minutes')),
                ('least', models.PositiveIntegerField(default=1, help_text='With fewer in the window nothing is decided: a percentile of two answers says nothing.', validators=[django.core.validators.MinValueValidator(1, 'At least 1.'), django.core.validators.MaxValueValidator(1000000, 'At most 1,000,000.')], verbose_name='least number of observations')),
                ('note', models.TextField(blank=True, help_text='What to do then; it is part of what is told.', max_length=2000)),
                ('updated_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('channels', models.ManyToManyField(blank=True, help_text="None: the admin's banner alone shows it.", related_name='rules', to='observability.alertchannel')),
            ],
            options={
                'verbose_name': 'alert rule',
                'ordering': ['name'],
            },
        ),
        migrations.CreateModel(
            name='AlertProgress',
            fields=[
                ('rule', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='progress', serialize=False, to='observability.alertrule')),
                ('until', models.DateTimeField()),
                ('groups', models.JSONField(default=dict)),
            ],
        ),
        migrations.CreateModel(
            name='AlertIncident',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=100, verbose_name='rule')),
                ('severity', models.CharField(choices=[('info', 'For information'), ('warning', 'Warning'), ('critical', 'Critical')], max_length=10)),
                ('group', models.CharField(blank=True, max_length=200)),
                ('group_name', models.CharField(blank=True, max_length=200, verbose_name='of')),
                ('figure', models.CharField(max_length=60)),
                ('measure', models.CharField(choices=[('p50', 'p50 of times (half take no longer)'), ('p95', 'p95 of times (95 % take no longer)'), ('p99', 'p99 of times (99 % take no longer)'), ('per_minute', 'number a minute'), ('sum', 'sum in the window'), ('share', 'share of some labels among others'), ('mean', 'mean of a level'), ('highest', 'highest of a level')], max_length=20)),
                ('direction', models.CharField(choices=[('above', 'above'), ('below', 'below')], max_length=10)),
                ('threshold', models.FloatField()),
                ('where', models.JSONField(default=dict)),
                ('site_ids', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), blank=True, default=list, size=None, verbose_name='sites')),
                ('began_at', models.DateTimeField(verbose_name='bad since')),
                ('opened_at', models.DateTimeField(verbose_name='fired')),
                ('resolved_at', models.DateTimeField(null=True, verbose_name='over')),
                ('ending', models.CharField(blank=True, choices=[('', 'It is not over'), ('recovered', 'It recovered'), ('silent', 'Nothing was measured any more'), ('changed', 'The rule was changed, switched off or deleted')], default='', max_length=10)),
                ('worst', models.FloatField()),
                ('worst_at', models.DateTimeField()),
                ('reason', models.TextField()),
                ('points', models.JSONField(default=list)),
                ('rule', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='incidents', to='observability.alertrule')),
            ],
            options={
                'verbose_name': 'alert',
                'ordering': ['-opened_at', '-id'],
            },
        ),
        migrations.CreateModel(
            name='AlertDelivery',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('event', models.CharField(choices=[('opened', 'It fired'), ('resolved', 'It is over'), ('test', 'A test')], max_length=10)),
                ('payload', models.JSONField()),
                ('state', models.CharField(choices=[('waiting', 'Waiting'), ('sent', 'Sent'), ('given_up', 'Given up')], default='waiting', max_length=10)),
                ('tries', models.PositiveSmallIntegerField(default=0)),
                ('next_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('status', models.PositiveSmallIntegerField(null=True, verbose_name='HTTP status')),
                ('error', models.CharField(blank=True, max_length=300)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('ended_at', models.DateTimeField(null=True)),
                ('channel', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='deliveries', to='observability.alertchannel')),
                ('incident', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='deliveries', to='observability.alertincident')),
            ],
            options={
                'verbose_name': 'alert message',
                'ordering': ['-created_at'],
                'indexes': [models.Index(condition=models.Q(('state', 'waiting')), fields=['next_at'], name='alert_to_tell'), models.Index(fields=['channel', '-created_at'], name='alert_told_newest')],
                'constraints': [models.UniqueConstraint(fields=('incident', 'channel', 'event'), name='alert_told_once')],
            },
        ),
        migrations.AddIndex(
            model_name='alertincident',
            index=models.Index(fields=['-opened_at'], name='alert_newest'),
        ),
        migrations.AddIndex(
            model_name='alertincident',
            index=models.Index(fields=['resolved_at'], name='alert_ended'),
        ),
        migrations.AddConstraint(
            model_name='alertincident',
            constraint=models.UniqueConstraint(condition=models.Q(('resolved_at', None)), fields=('rule', 'group'), name='alert_open_once'),
        ),
        migrations.RunPython(make_presets, migrations.RunPython.noop, elidable=False),
    ]
