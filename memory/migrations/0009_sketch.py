"""A narrow copy of each memory for the first look of a recall: its words and the signs of its vector.

`sketch` holds the signs of the first 384 numbers of the vector (fewer are filled up with zeros); how many of them differ
tells the cosine to within a tenth. The index carries what the first look reads, so that it never touches the table: 250
bytes a memory that lie side by side instead of 1.2 kB rows. What changes with each recall (the counters) is not in it.

An entry of a B-tree has room for 2,700 bytes, and a memory may have more words than that in an alphabet of four bytes a
letter: its longest ones are left out, so that no text makes a write fail. Adding the column rewrites the table, which is
locked meanwhile: a minute or two for a million memories.
"""

from django.db import migrations

FORWARDS = """
CREATE FUNCTION memory_fit_words() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.searchable := (
        SELECT array_to_tsvector(coalesce(array_agg(lexeme), '{}')) FROM (
            SELECT lexeme, sum(octet_length(lexeme) + 6) OVER (ORDER BY octet_length(lexeme), lexeme) AS together
            FROM unnest(NEW.searchable)
        ) AS words
        WHERE together <= 1600
    );
    RETURN NEW;
END $$;
CREATE TRIGGER memory_words_fit BEFORE INSERT OR UPDATE ON memory_usermemory FOR EACH ROW
WHEN (pg_column_size(NEW.searchable) > 1800)
EXECUTE FUNCTION memory_fit_words();

SELECT set_config('parley.staff', 'on', true);
UPDATE memory_usermemory SET searchable = searchable WHERE pg_column_size(searchable) > 1800;
SELECT set_config('parley.staff', '', true);

ALTER TABLE memory_usermemory ADD COLUMN sketch bit(384) GENERATED ALWAYS AS (
    binary_quantize(subvector(embedding, 1, least(vector_dims(embedding), 384)))::bit(384)
) STORED, ALTER COLUMN sketch SET STORAGE PLAIN;
CREATE INDEX memory_at_a_glance ON memory_usermemory (contact_id)
INCLUDE (id, importance, said_at, embedder, holds_until, searchable, sketch) WHERE superseded_at IS NULL;
ALTER TABLE memory_usermemory SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.02);
"""
BACKWARDS = """
ALTER TABLE memory_usermemory RESET (autovacuum_vacuum_scale_factor, autovacuum_vacuum_insert_scale_factor);
DROP INDEX memory_at_a_glance;
ALTER TABLE memory_usermemory DROP COLUMN sketch;
DROP TRIGGER memory_words_fit ON memory_usermemory;
DROP FUNCTION memory_fit_words();
"""


class Migration(migrations.Migration):

    dependencies = [("memory", "0008_store_filling")]

    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
