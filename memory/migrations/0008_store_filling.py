"""How far another store of vectors has been filled from Postgres."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("memory", "0007_any_dimensions")]

    operations = [
        migrations.CreateModel(
            name="StoreFilling",
            fields=[
                ("store", models.CharField(max_length=300, primary_key=True, serialize=False)),
                ("in_use", models.BooleanField(default=True)),
                ("after_contact", models.UUIDField(null=True)),
                ("after_memory", models.BigIntegerField(default=0)),
                ("copied", models.BigIntegerField(default=0)),
                ("filled_at", models.DateTimeField(null=True)),
            ],
            options={"default_permissions": ()},
        ),
    ]
