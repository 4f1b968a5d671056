-- The beginning of both searches: the question's lexemes without the names of those who speak, each as a query.
WITH speakers AS MATERIALIZED (
    SELECT tsvector_to_array(to_tsvector('english', contact.name)) AS contact,
           tsvector_to_array(to_tsvector('english', site.name)) AS site,
           tsvector_to_array(to_tsvector('english', %(question)s)) AS asked
    FROM people_contact AS contact JOIN people_site AS site ON site.id = contact.site_id
    WHERE contact.id = %(contact)s
),
words AS MATERIALIZED (
    SELECT quoted, quoted::tsquery AS query
    FROM speakers, LATERAL (
        SELECT '''' || replace(replace(lexeme, '\', '\\'), '''', '''''') || '''' AS quoted
        FROM unnest(asked) AS lexeme
        WHERE lexeme <> ALL (contact) AND NOT (site <@ asked AND lexeme = ANY (site))
        LIMIT %(most_words)s
    ) AS lexemes
),
anyword AS MATERIALIZED (
    SELECT coalesce(string_agg(quoted, ' | '), '')::tsquery AS query FROM words
),
