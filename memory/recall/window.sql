-- The searchable words of these messages and of those up to two away, after messages came, went or were put in between.
-- A neighbour is one of the same conversation with less than six hours between.
WITH near AS (
    (SELECT message, text, said_at FROM memory_rememberedmessage
     WHERE contact_id = %(contact)s AND conversation = %(conversation)s AND message < %(first)s
     ORDER BY message DESC LIMIT 4)
    UNION ALL
    (SELECT message, text, said_at FROM memory_rememberedmessage
     WHERE contact_id = %(contact)s AND conversation = %(conversation)s AND message BETWEEN %(first)s AND %(last)s)
    UNION ALL
    (SELECT message, text, said_at FROM memory_rememberedmessage
     WHERE contact_id = %(contact)s AND conversation = %(conversation)s AND message > %(last)s
     ORDER BY message LIMIT 4)
),
numbered AS (
    SELECT message, words, said_at, row_number() OVER (ORDER BY message) AS place,
           count(*) FILTER (WHERE message < %(first)s) OVER () AS before,
           count(*) FILTER (WHERE message > %(last)s) OVER () AS after, count(*) OVER () AS all_of_them
    FROM near, LATERAL (SELECT to_tsvector('english', left(text, %(most_characters)s)) AS words) AS lexemes
),
windowed AS (
    SELECT own.message,
           setweight(own.words, 'A')
           || coalesce(setweight(one_before.words, 'B'), '') || coalesce(setweight(one_after.words, 'B'), '')
           || coalesce(setweight(two_before.words, 'C'), '') || coalesce(setweight(two_after.words, 'C'), '') AS words
    FROM numbered AS own
    LEFT JOIN numbered AS one_before ON one_before.place = own.place - 1
        AND own.said_at - one_before.said_at < interval '6 hours'
    LEFT JOIN numbered AS one_after ON one_after.place = own.place + 1
        AND one_after.said_at - own.said_at < interval '6 hours'
    LEFT JOIN numbered AS two_before ON two_before.place = own.place - 2
        AND own.said_at - two_before.said_at < interval '6 hours'
    LEFT JOIN numbered AS two_after ON two_after.place = own.place + 2
        AND two_after.said_at - own.said_at < interval '6 hours'
    WHERE own.place > least(greatest(own.before - 2, 0), 2)
      AND own.place <= own.all_of_them - least(greatest(own.after - 2, 0), 2)
)
UPDATE memory_rememberedmessage AS stored SET searchable = windowed.words
FROM windowed
WHERE stored.contact_id = %(contact)s AND stored.message = windowed.message
  AND stored.searchable IS DISTINCT FROM windowed.words
