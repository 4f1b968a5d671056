import django.db.models.deletion
from django.db import migrations, models

NAMES = ("Analysts", "Agents", "Administrators")


def record_the_groups(apps, _schema_editor):
    """Whatever permission existed until now was offered to the groups that were made before: they have it, or somebody
    took it away. What this upgrade brings is made after the migrations, and offered then.
    """
    known = apps.get_model("auth", "Permission").objects.all()
    for group in apps.get_model("auth", "Group").objects.filter(name__in=NAMES):
        apps.get_model("people", "StaffRole").objects.create(name=group.name, group=group).offered.set(known)


class Migration(migrations.Migration):

    dependencies = [
        ('auth', '0012_alter_user_first_name_max_length'),
        ('people', '0002_turn_engine'),
    ]

    operations = [
        migrations.CreateModel(
            name='StaffRole',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=50, unique=True)),
                ('group', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='auth.group')),
                ('offered', models.ManyToManyField(related_name='+', to='auth.permission')),
            ],
            options={
                'default_permissions': (),
            },
        ),
        migrations.RunPython(record_the_groups, migrations.RunPython.noop),
    ]
