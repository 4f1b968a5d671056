-- A contact's memories that fit a question best. All are read once, over the index on contact (the text's operator is
-- not leakproof, so that no index on it could be used under the policy); those with a word of the question are weighed by
-- BM25, which needs all of them for how rare a word is.
own AS MATERIALIZED (
    SELECT id,
           CASE WHEN searchable @@ query.anyword THEN
               [[CASE WHEN searchable @@ query.q# THEN 1 << # ELSE 0 END;;
               + ]]
           ELSE 0 END AS found,
           (%(importance)s * importance
           + %(recency)s * exp(-greatest(date_part('epoch', %(now)s - said_at), 0) / %(recency_seconds)s)
           + %(usefulness)s * (useful + 1) / (recalled + 4)::float8)::float8 AS prior,
           CASE WHEN embedder = %(embedder)s THEN 1 - (embedding <=> %(vector)s::halfvec) END AS cosine
    FROM query CROSS JOIN memory_usermemory AS memory
    WHERE contact_id = %(contact)s AND superseded_at IS NULL AND (holds_until IS NULL OR holds_until > %(now)s)
),
held AS MATERIALIZED (
    SELECT (SELECT count(*) FROM own) AS all_of_them, [[count(*) FILTER (WHERE found & (1 << #) > 0) AS n#;;, ]]
    FROM own WHERE found > 0
),
weights AS MATERIALIZED (
    SELECT [[CASE WHEN q# IS NULL THEN 0 ELSE ln(1 + (all_of_them - n# + 0.5) / (n# + 0.5)) END::float8 AS w#;;,
           ]]
    FROM held, query
),
best AS MATERIALIZED (
    SELECT id, lexical, cosine, %(lexical)s * lexical + %(meaning)s * coalesce(cosine, %(unknown)s) + prior AS score
    FROM own, weights, LATERAL (
        SELECT CASE WHEN found = 0 THEN 0 ELSE
            ([[CASE WHEN found & (1 << #) > 0 THEN w# ELSE 0 END;;
            + ]]) / greatest([[w#;; + ]], 1e-9)
        END AS lexical
    ) AS weighed
    ORDER BY score DESC, id DESC
    LIMIT %(most)s
)
SELECT memory.id, memory.kind, memory.text, memory.said_at, memory.holds_until, lexical, cosine, score
FROM best JOIN memory_usermemory AS memory USING (id)
WHERE memory.contact_id = %(contact)s
