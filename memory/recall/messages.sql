-- A contact's conversations so far, by the messages that fit a question best: BM25 over a window of five messages (own
-- words weigh 1, the neighbours' .7, those of two away .4; how rare a word is counts own words only), the cosine, and who
-- was asked about.
own AS MATERIALIZED (
    SELECT id, searchable
    FROM (
        SELECT id, searchable FROM memory_rememberedmessage
        WHERE contact_id = %(contact)s AND said_at < %(before)s
        ORDER BY message DESC
        LIMIT %(newest)s
    ) AS newest
),
matches AS MATERIALIZED (
    SELECT own.id, words.quoted,
           (own.searchable @@ (words.quoted || ':A')::tsquery)::int AS a,
           (own.searchable @@ (words.quoted || ':B')::tsquery)::int AS b,
           (own.searchable @@ (words.quoted || ':C')::tsquery)::int AS c
    FROM own JOIN anyword ON own.searchable @@ anyword.query JOIN words ON own.searchable @@ words.query
),
weights AS MATERIALIZED (
    SELECT words.quoted,
           ln(1 + ((SELECT count(*) FROM own) - count(matches.id) FILTER (WHERE a = 1) + 0.5)
              / (count(matches.id) FILTER (WHERE a = 1) + 0.5))::float8 AS idf
    FROM words LEFT JOIN matches USING (quoted)
    GROUP BY words.quoted
),
lexical AS (
    SELECT id,
           sum(idf * 2.2 * (a + 0.7 * b + 0.4 * c) / (a + 0.7 * b + 0.4 * c + 1.2))::float8
           / (SELECT greatest(sum(idf), 1e-9) FROM weights) AS score
    FROM matches JOIN weights USING (quoted)
    GROUP BY id
),
candidates AS MATERIALIZED (
    SELECT own.id, coalesce(lexical.score, 0) AS lexical
    FROM own LEFT JOIN lexical USING (id)
    ORDER BY coalesce(lexical.score, 0) DESC, own.id DESC
    LIMIT %(candidates)s
),
compared AS MATERIALIZED (
    SELECT message.id, message.message, message.conversation, message.by_contact, message.text, message.said_at,
           candidates.lexical,
           CASE WHEN message.embedder = %(embedder)s
                THEN 1 - (message.embedding <=> %(vector)s::halfvec)
           END AS cosine,
           CASE WHEN asked.contact = asked.bot THEN 0
                WHEN message.by_contact = asked.contact THEN 1 ELSE 0 END AS by_whom,
           least(length(message.text), 200) / 200.0::float8 AS length,
           position('?' IN message.text) > 0 AS asks
    FROM candidates
    JOIN memory_rememberedmessage AS message USING (id),
    LATERAL (
        SELECT (speakers.contact && speakers.asked) OR %(says_i)s AS contact,
               (speakers.site <> '{}' AND speakers.site <@ speakers.asked) OR %(says_you)s AS bot
        FROM speakers
    ) AS asked
    WHERE message.contact_id = %(contact)s
)
SELECT message, conversation, by_contact, left(text, %(most_characters)s), said_at, lexical, cosine,
       %(lexical)s * lexical + %(meaning)s * coalesce(cosine, %(unknown)s) + %(by_whom)s * by_whom
       + %(length)s * length - CASE WHEN asks THEN %(asks)s ELSE 0 END AS score
FROM compared
WHERE lexical > 0 OR cosine >= %(similar)s
ORDER BY score DESC, message DESC
LIMIT %(most)s
