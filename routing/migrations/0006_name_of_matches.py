"""The plural of a match, as people read it."""

from django.db import migrations


class Migration(migrations.Migration):
    """No change to the table."""

    dependencies = [("routing", "0005_prices_left_out")]

    operations = [
        migrations.AlterModelOptions(
            name="cachematch",
            options={
                "ordering": ["-id"],
                "verbose_name": "match of a cached answer",
                "verbose_name_plural": "matches of cached answers",
            },
        ),
    ]
