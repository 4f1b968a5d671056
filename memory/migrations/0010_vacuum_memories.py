"""A table that was just rewritten does not know which of its rows everybody may see, so that an index would not do alone.

Apart from the rewriting: VACUUM takes no part in a transaction.
"""

from django.db import migrations


class Migration(migrations.Migration):

    atomic = False
    dependencies = [("memory", "0009_sketch")]

    operations = [migrations.RunSQL("VACUUM ANALYZE memory_usermemory", migrations.RunSQL.noop)]
