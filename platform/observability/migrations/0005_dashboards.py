from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("observability", "0004_traces")]

    operations = [
        migrations.CreateModel(
            name="Dashboards",
            fields=[("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"))],
            options={
                "verbose_name": "dashboards",
                "verbose_name_plural": "dashboards",
                "managed": False,
                "default_permissions": ("view",),
            },
        ),
    ]
