"""Vectors of any number of dimensions: each embedder has its own, and rows of two of them stand beside each other while
everything is embedded anew. No table is rewritten.

They stay in the row (MAIN), where a row is short enough for a page; PLAIN would refuse the others.
"""

from django.db import migrations, models
from pgvector.django import HalfVectorField

TABLES = ("memory_usermemory", "memory_rememberedmessage", "memory_passage")
FORWARDS = "ALTER TABLE {} ALTER COLUMN embedding TYPE halfvec, ALTER COLUMN embedding SET STORAGE MAIN"
BACKWARDS = "ALTER TABLE {} ALTER COLUMN embedding TYPE halfvec(384), ALTER COLUMN embedding SET STORAGE PLAIN"


class Migration(migrations.Migration):

    dependencies = [("memory", "0006_ignored_remarks")]

    operations = [
        migrations.SeparateDatabaseAndState(
            [migrations.RunSQL(FORWARDS.format(table), BACKWARDS.format(table)) for table in TABLES],
            [
                migrations.AlterField("usermemory", "embedding", HalfVectorField(null=True, editable=False)),
                migrations.AlterField("rememberedmessage", "embedding", HalfVectorField(null=True)),
                migrations.AlterField(
                    "passage", "embedding", HalfVectorField(help_text="Of as many dimensions as its embedder makes.")
                ),
            ],
        ),
        # Superseded memories are not embedded again: without them the index knows who is still waited for.
        migrations.RemoveIndex("usermemory", "memory_of_embedder"),
        migrations.AddIndex(
            "usermemory",
            models.Index(fields=["embedder", "id"], name="memory_waits_for", condition=models.Q(superseded_at=None)),
        ),
        migrations.AddIndex("passage", models.Index(fields=["embedder"], name="passage_of_embedder")),
    ]
