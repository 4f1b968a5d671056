-- The passages of a site's published articles that fit a question best, by words and by meaning, in one round trip.
-- Words: inverse document frequency × saturated count of the fields (heading, text) that hold the lexeme, as a share of
-- what a passage with every word of the question in every place could have; any word may match, never all must.
-- Meaning: the cosine, where the passage was embedded by the same embedder as the question.
WITH words AS MATERIALIZED (
    SELECT lexeme,
           quoted::tsquery AS anywhere,
           (quoted || ':A')::tsquery AS in_heading,
           (quoted || ':B')::tsquery AS in_text
    FROM (
        SELECT lexeme, '''' || replace(replace(lexeme, '\', '\\'), '''', '''''') || '''' AS quoted
        FROM unnest(to_tsvector('english', %(query)s))
    ) AS found
),
corpus AS MATERIALIZED (
    SELECT passage.id,
           CASE WHEN passage.embedder = %(embedder)s
                THEN 1 - (passage.embedding <=> %(vector)s::halfvec)
           END AS cosine
    FROM memory_passage AS passage
    JOIN memory_article AS article ON article.id = passage.article_id AND article.published
    WHERE passage.site_id = %(site)s
),
matches AS MATERIALIZED (
    SELECT passage.id,
           words.lexeme,
           (passage.searchable @@ words.in_heading)::int + (passage.searchable @@ words.in_text)::int AS fields
    FROM words
    JOIN memory_passage AS passage ON passage.searchable @@ words.anywhere AND passage.site_id = %(site)s
    JOIN memory_article AS article ON article.id = passage.article_id AND article.published
),
weights AS MATERIALIZED (
    SELECT words.lexeme,
           ln(1 + ((SELECT count(*) FROM corpus) - count(matches.id) + 0.5) / (count(matches.id) + 0.5))::float8 AS idf
    FROM words LEFT JOIN matches USING (lexeme)
    GROUP BY words.lexeme
),
lexical AS (
    SELECT matches.id, sum(weights.idf * matches.fields / (matches.fields + 1.2)) / (SELECT sum(idf) FROM weights) AS score
    FROM matches JOIN weights USING (lexeme)
    GROUP BY matches.id
),
best AS (
    SELECT corpus.id, corpus.cosine, coalesce(lexical.score, 0)::float8 AS lexical,
           coalesce(corpus.cosine, 0) + %(weight)s * coalesce(lexical.score, 0)::float8 AS score
    FROM corpus LEFT JOIN lexical USING (id)
    WHERE corpus.cosine IS NOT NULL OR lexical.score > 0
    ORDER BY score DESC, corpus.id
    LIMIT %(limit)s
)
SELECT passage.id, article.id, article.title, article.url, site.key, article.slug,
       passage.heading, passage.text, best.score, best.lexical, best.cosine
FROM best
JOIN memory_passage AS passage USING (id)
JOIN memory_article AS article ON article.id = passage.article_id
JOIN people_site AS site ON site.id = article.site_id
ORDER BY best.score DESC, best.id
