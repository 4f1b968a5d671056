-- The names of the embedders that have rows: a step over an index for each name, however many rows carry it.
WITH RECURSIVE memories AS (
    (SELECT embedder FROM memory_usermemory WHERE superseded_at IS NULL ORDER BY embedder LIMIT 1)
    UNION ALL
    SELECT (
        SELECT following.embedder FROM memory_usermemory AS following
        WHERE following.superseded_at IS NULL AND following.embedder > memories.embedder
        ORDER BY following.embedder LIMIT 1
    ) FROM memories WHERE memories.embedder IS NOT NULL
),
messages AS (
    (SELECT embedder FROM memory_rememberedmessage ORDER BY embedder LIMIT 1)
    UNION ALL
    SELECT (
        SELECT following.embedder FROM memory_rememberedmessage AS following
        WHERE following.embedder > messages.embedder
        ORDER BY following.embedder LIMIT 1
    ) FROM messages WHERE messages.embedder IS NOT NULL
),
passages AS (
    (SELECT embedder FROM memory_passage ORDER BY embedder LIMIT 1)
    UNION ALL
    SELECT (
        SELECT following.embedder FROM memory_passage AS following
        WHERE following.embedder > passages.embedder
        ORDER BY following.embedder LIMIT 1
    ) FROM passages WHERE passages.embedder IS NOT NULL
)
SELECT embedder FROM memories WHERE embedder <> ''
UNION SELECT embedder FROM messages WHERE embedder <> ''
UNION SELECT embedder FROM passages WHERE embedder <> ''
ORDER BY embedder
