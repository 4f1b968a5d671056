"""Vectors and memories' words as they are, in the row: unpacking them for each comparison cost more than comparing.

The text index goes: under the policy it cannot be used (its operator is not leakproof), and it cost each write.
"""

from django.db import migrations

FORWARDS = """
ALTER TABLE memory_usermemory ALTER COLUMN searchable SET STORAGE PLAIN, ALTER COLUMN embedding SET STORAGE PLAIN;
ALTER TABLE memory_rememberedmessage ALTER COLUMN embedding SET STORAGE PLAIN;
"""
BACKWARDS = """
ALTER TABLE memory_usermemory ALTER COLUMN searchable SET STORAGE EXTENDED, ALTER COLUMN embedding SET STORAGE EXTERNAL;
ALTER TABLE memory_rememberedmessage ALTER COLUMN embedding SET STORAGE EXTERNAL;
"""


class Migration(migrations.Migration):

    dependencies = [("memory", "0004_searchable")]

    operations = [
        migrations.RemoveIndex("usermemory", "memory_searchable"),
        migrations.RunSQL(FORWARDS, BACKWARDS),
    ]
