-- The beginning of both searches: the question's lexemes without the names of those who speak, each a query in a column
-- of its own (q1, q2, …), because one expression over columns is several times faster than a join for each row.
-- Double brackets stand once for each column, # for its number (sql.py).
WITH speakers AS MATERIALIZED (
    SELECT tsvector_to_array(to_tsvector('english', contact.name)) AS contact,
           tsvector_to_array(to_tsvector('english', site.name)) AS site,
           tsvector_to_array(to_tsvector('english', %(question)s)) AS asked
    FROM people_contact AS contact JOIN people_site AS site ON site.id = contact.site_id
    WHERE contact.id = %(contact)s
),
words AS MATERIALIZED (
    SELECT array_agg('''' || replace(replace(lexeme, '\', '\\'), '''', '''''') || '''' ORDER BY length(lexeme) DESC) AS quoted
    FROM speakers, unnest(asked) AS lexeme
    WHERE lexeme <> ALL (contact) AND NOT (site <@ asked AND lexeme = ANY (site))
),
query AS MATERIALIZED (
    SELECT coalesce(array_to_string(quoted[1:[[#;;:]]], ' | '), '')::tsquery AS anyword, [[quoted[#]::tsquery AS q#;;, ]]
    FROM words
),
