-- A contact's memories that fit a question best: all are read over the index on contact (the operator of the text index
-- is not leakproof, so that the policy would keep it from being used), those with a word of the question are weighed by
-- BM25, and the distances are computed of the candidates only.
own AS MATERIALIZED (
    SELECT id, searchable @@ anyword.query AS matched,
           %(importance)s * importance
           + %(recency)s * exp(-greatest(extract(epoch FROM %(now)s - said_at)::float8, 0) / %(recency_seconds)s)
           + %(usefulness)s * (useful + 1)::float8 / (recalled + 4) AS prior
    FROM memory_usermemory, anyword
    WHERE contact_id = %(contact)s AND superseded_at IS NULL AND (holds_until IS NULL OR holds_until > %(now)s)
),
matches AS MATERIALIZED (
    SELECT memory.id, words.quoted
    FROM own JOIN memory_usermemory AS memory USING (id) JOIN words ON memory.searchable @@ words.query
    WHERE own.matched AND memory.contact_id = %(contact)s
),
weights AS MATERIALIZED (
    SELECT words.quoted,
           ln(1 + ((SELECT count(*) FROM own) - count(matches.id) + 0.5) / (count(matches.id) + 0.5))::float8 AS idf
    FROM words LEFT JOIN matches USING (quoted)
    GROUP BY words.quoted
),
lexical AS (
    SELECT id, sum(idf) / (SELECT greatest(sum(idf), 1e-9) FROM weights) AS score
    FROM matches JOIN weights USING (quoted)
    GROUP BY id
),
candidates AS MATERIALIZED (
    SELECT id, coalesce(lexical.score, 0) AS lexical, own.prior
    FROM own LEFT JOIN lexical USING (id)
    ORDER BY coalesce(lexical.score, 0) + own.prior DESC, id DESC
    LIMIT %(candidates)s
),
compared AS MATERIALIZED (
    SELECT candidates.*, memory.kind, memory.text, memory.said_at, memory.holds_until, memory.superseded_by_id,
           CASE WHEN memory.embedder = %(embedder)s
                THEN 1 - (memory.embedding <=> %(vector)s::halfvec)
           END AS cosine
    FROM candidates JOIN memory_usermemory AS memory USING (id)
    WHERE memory.contact_id = %(contact)s
)
SELECT id, kind, text, said_at, holds_until, lexical, cosine,
       %(lexical)s * lexical + %(meaning)s * coalesce(cosine, %(unknown)s) + prior AS score
FROM compared
ORDER BY score DESC, id DESC
LIMIT %(most)s
