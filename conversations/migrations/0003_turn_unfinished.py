from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('conversations', '0002_turn_engine'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='turn',
            index=models.Index(condition=models.Q(('state__in', ['queued', 'running'])), fields=['conversation', 'id'], name='turn_unfinished'),
        ),
    ]
