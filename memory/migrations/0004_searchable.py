"""A memory's searchable words follow its text, whoever writes it; a vector of an earlier text is dropped."""

from django.db import migrations

FORWARDS = """
CREATE TRIGGER memory_words BEFORE INSERT OR UPDATE ON memory_usermemory FOR EACH ROW
EXECUTE FUNCTION tsvector_update_trigger(searchable, 'pg_catalog.english', subject, text);

CREATE FUNCTION memory_forget_vector() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.embedding IS NOT DISTINCT FROM OLD.embedding THEN
        NEW.embedding := NULL;
        NEW.embedder := '';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER memory_vector BEFORE UPDATE ON memory_usermemory FOR EACH ROW
WHEN (OLD.text IS DISTINCT FROM NEW.text OR OLD.subject IS DISTINCT FROM NEW.subject)
EXECUTE FUNCTION memory_forget_vector();
"""
BACKWARDS = """
DROP TRIGGER memory_vector ON memory_usermemory;
DROP FUNCTION memory_forget_vector();
DROP TRIGGER memory_words ON memory_usermemory;
"""


class Migration(migrations.Migration):

    dependencies = [("memory", "0003_row_security")]

    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
