from django.db import migrations, models

# What ended before this is known was never counted, and is not counted now as if it had just ended.
OLD = "UPDATE conversations_conversation SET judged_at = last_message_at WHERE last_message_at < now() - interval '1 hour'"


class Migration(migrations.Migration):

    dependencies = [("conversations", "0007_summaries")]

    operations = [
        migrations.AddField(
            model_name="conversation",
            name="outcome",
            field=models.CharField(
                choices=[
                    ("confirmed", "Solved, as the contact said"),
                    ("assumed", "Taken as solved: silence after an answer"),
                    ("unsolved", "Not solved, as the contact said"),
                    ("escalated", "Handed to a person"),
                    ("abandoned", "Left without an answer"),
                ],
                db_default="",
                editable=False,
                max_length=10,
            ),
        ),
        migrations.AddField(
            model_name="conversation",
            name="judged_at",
            field=models.DateTimeField(
                editable=False, help_text="When it was quiet for so long that it was taken as ended.", null=True
            ),
        ),
        migrations.RunSQL(OLD, migrations.RunSQL.noop),
        migrations.AddIndex(
            model_name="conversation",
            index=models.Index(
                condition=models.Q(("judged_at__isnull", True)), fields=["last_message_at"], name="conversation_not_judged"
            ),
        ),
    ]
