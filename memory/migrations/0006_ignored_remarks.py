"""Words for the admin: an English plural of "ignored" there is not."""

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [("memory", "0005_storage")]

    operations = [
        migrations.AlterModelOptions(
            name="ignored",
            options={
                "ordering": ["-id"],
                "verbose_name": "ignored remark",
                "verbose_name_plural": "ignored remarks",
            },
        ),
    ]
