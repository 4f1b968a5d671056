-- How many rows carry each of the given names, counted no further than to %(most)s.
SELECT name,
       (SELECT count(*) FROM (
           SELECT FROM memory_usermemory WHERE superseded_at IS NULL AND embedder = name LIMIT %(most)s
       ) AS few) AS memories,
       (SELECT count(*) FROM (SELECT FROM memory_rememberedmessage WHERE embedder = name LIMIT %(most)s) AS few) AS messages,
       (SELECT count(*) FROM (SELECT FROM memory_passage WHERE embedder = name LIMIT %(most)s) AS few) AS passages
FROM unnest(%(names)s::text[]) WITH ORDINALITY AS given (name, place)
ORDER BY place
