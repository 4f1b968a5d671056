-- A contact's memories that fit a question best, in two looks. The first reads all of them, but only what stands in an
-- index (migration 0009): their words, weighed by BM25, which needs all of them for how rare a word is, and the signs of
-- their vectors, of which so many differ as the angle is wide; recency is one step there, as its curve took as long as
-- the words. The second reads the rows of the best and weighs them exactly. Of a contact with no more than those nothing
-- is lost. (The text's operator is not leakproof, so that no index on words could be used under the policy.)
glanced AS MATERIALIZED (
    SELECT id,
           %(importance)s * importance + CASE WHEN said_at > %(recently)s THEN %(recency)s / 2 ELSE 0 END AS standing,
           CASE WHEN embedder = %(embedder)s THEN cos(%(angle)s * (sketch <~> %(signs)s::varbit)) END AS roughly,
           CASE WHEN searchable @@ query.anyword THEN
               [[CASE WHEN searchable @@ query.q# THEN 1 << # ELSE 0 END;;
               + ]]
           ELSE 0 END AS found
    FROM query CROSS JOIN memory_usermemory
    WHERE contact_id = %(contact)s AND superseded_at IS NULL AND (holds_until IS NULL OR holds_until > %(now)s)
),
held AS MATERIALIZED (
    SELECT (SELECT count(*) FROM glanced) AS all_of_them, [[count(*) FILTER (WHERE found & (1 << #) > 0) AS n#;;, ]]
    FROM glanced WHERE found > 0
),
weights AS MATERIALIZED (
    SELECT *, greatest([[w#;; + ]], 1e-9) AS all_words FROM (
        SELECT [[CASE WHEN q# IS NULL THEN 0 ELSE ln(1 + (all_of_them - n# + 0.5) / (n# + 0.5)) END::float8 AS w#;;,
               ]]
        FROM held, query
    ) AS weight
),
closer AS MATERIALIZED (
    SELECT id, lexical FROM (
        SELECT id, lexical, %(lexical)s * lexical + %(meaning)s * coalesce(roughly, %(unknown)s) + standing AS rough
        FROM weights, glanced, LATERAL (
            SELECT CASE WHEN found = 0 THEN 0 ELSE
                ([[CASE WHEN found & (1 << #) > 0 THEN w# ELSE 0 END;;
                + ]]) / all_words
            END AS lexical
        ) AS weighed
        OFFSET 0 -- else the sort would carry the weights along
    ) AS judged
    ORDER BY rough DESC, id DESC
    LIMIT %(closer)s
)
SELECT id, kind, text, said_at, holds_until, lexical, cosine,
       %(lexical)s * lexical + %(meaning)s * coalesce(cosine, %(unknown)s) + %(importance)s * importance
       + %(recency)s * exp(-greatest(date_part('epoch', %(now)s - said_at), 0) / %(recency_seconds)s)
       + %(usefulness)s * (useful + 1) / (recalled + 4)::float8 AS score
FROM closer CROSS JOIN LATERAL (
    SELECT kind, text, said_at, holds_until, importance, useful, recalled,
           CASE WHEN embedder = %(embedder)s THEN 1 - (embedding <=> %(vector)s::halfvec) END AS cosine
    FROM memory_usermemory AS memory
    WHERE memory.contact_id = %(contact)s AND memory.id = closer.id
    OFFSET 0 -- row by row: a contact's rows are more than Postgres thinks, and a join would read all
) AS exact
ORDER BY score DESC, id DESC
LIMIT %(most)s
