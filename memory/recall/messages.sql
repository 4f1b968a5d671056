-- A contact's conversations so far, by the messages that fit a question best: BM25 over a window of five messages (own
-- words weigh 1, the neighbours' .7, those of two away .4; how rare a word is counts own words only), the cosine, and who
-- was asked about.
own AS MATERIALIZED (
    SELECT id, by_contact, least(length(text), 200) / 200.0::float8 AS length, position('?' IN text) > 0 AS asks,
           CASE WHEN embedder = %(embedder)s THEN 1 - (embedding <=> %(vector)s::halfvec) END AS cosine,
           CASE WHEN searchable @@ anyword THEN
               [[CASE WHEN searchable @@ ownword# THEN 1 << # ELSE 0 END;;
               + ]]
           ELSE 0 END AS a,
           CASE WHEN searchable @@ anyword THEN
               [[CASE WHEN searchable @@ beside# THEN 1 << # ELSE 0 END;;
               + ]]
           ELSE 0 END AS b,
           CASE WHEN searchable @@ anyword THEN
               [[CASE WHEN searchable @@ away# THEN 1 << # ELSE 0 END;;
               + ]]
           ELSE 0 END AS c
    FROM (
        SELECT anyword, [[(words.quoted[#] || ':A')::tsquery AS ownword#;;, ]],
               [[(words.quoted[#] || ':B')::tsquery AS beside#;;, ]],
               [[(words.quoted[#] || ':C')::tsquery AS away#;;, ]]
        FROM query, words
    ) AS places CROSS JOIN (
        SELECT id, by_contact, text, embedder, embedding, searchable FROM memory_rememberedmessage
        WHERE contact_id = %(contact)s AND said_at < %(before)s
          AND (conversation IS DISTINCT FROM %(present)s::uuid OR message < %(shown_from)s::bigint)
        ORDER BY message DESC
        LIMIT %(newest)s
    ) AS newest
),
held AS MATERIALIZED (
    SELECT (SELECT count(*) FROM own) AS all_of_them, [[count(*) FILTER (WHERE a & (1 << #) > 0) AS n#;;, ]]
    FROM own WHERE a > 0
),
weights AS MATERIALIZED (
    SELECT [[CASE WHEN q# IS NULL THEN 0 ELSE ln(1 + (all_of_them - n# + 0.5) / (n# + 0.5)) END::float8 AS w#;;,
           ]]
    FROM held, query
),
asked AS MATERIALIZED (
    SELECT (speakers.contact && speakers.asked) OR %(says_i)s AS contact,
           (speakers.site <> '{}' AND speakers.site <@ speakers.asked) OR %(says_you)s AS bot
    FROM speakers
),
best AS MATERIALIZED (
    SELECT id, lexical, cosine,
           %(lexical)s * lexical + %(meaning)s * coalesce(cosine, %(unknown)s) + %(length)s * length
           + CASE WHEN asked.contact <> asked.bot AND by_contact = asked.contact THEN %(by_whom)s ELSE 0 END
           - CASE WHEN asks THEN %(asks)s ELSE 0 END AS score
    FROM own CROSS JOIN weights CROSS JOIN asked CROSS JOIN LATERAL (
        SELECT CASE WHEN a | b | c = 0 THEN 0 ELSE
            ([[CASE WHEN (a | b | c) & (1 << #) > 0 THEN w# * 2.2::float8 * (1 - 1.2::float8 / (1.2::float8
                + (a >> # & 1) + 0.7::float8 * (b >> # & 1) + 0.4::float8 * (c >> # & 1))) ELSE 0 END;;
            + ]]) / greatest([[w#;; + ]], 1e-9)
        END AS lexical
    ) AS weighed
    WHERE lexical > 0 OR cosine >= %(similar)s
    ORDER BY score DESC, id DESC
    LIMIT %(most)s
)
SELECT message.message, message.conversation, message.by_contact, left(message.text, %(most_characters)s),
       message.said_at, lexical, cosine, score
FROM best JOIN memory_rememberedmessage AS message USING (id)
WHERE message.contact_id = %(contact)s
