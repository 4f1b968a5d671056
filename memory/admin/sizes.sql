-- How much is remembered. Nothing is counted further than to %(most)s + 1: beyond that the planner's estimate does.
WITH RECURSIVE contacts AS (
    (SELECT contact_id, 1 AS n FROM memory_usermemory ORDER BY contact_id LIMIT 1)
    UNION ALL
    SELECT following.contact_id, n + 1
    FROM contacts, LATERAL (
        SELECT contact_id FROM memory_usermemory AS m
        WHERE m.contact_id > contacts.contact_id ORDER BY m.contact_id LIMIT 1
    ) AS following
    WHERE n <= %(most)s
)
SELECT
    (SELECT count(*) FROM (SELECT FROM memory_usermemory LIMIT %(most)s + 1) AS few) AS memories,
    (SELECT reltuples::bigint FROM pg_class WHERE oid = 'memory_usermemory'::regclass) AS memories_estimated,
    (SELECT count(*) FROM (SELECT FROM memory_rememberedmessage LIMIT %(most)s + 1) AS few) AS copies,
    (SELECT reltuples::bigint FROM pg_class WHERE oid = 'memory_rememberedmessage'::regclass) AS copies_estimated,
    (SELECT coalesce(max(n), 0) FROM contacts) AS contacts,
    (SELECT count(*) FROM (
        (SELECT FROM memory_usermemory WHERE superseded_at IS NULL AND embedder < %(embedder)s LIMIT %(most)s + 1)
        UNION ALL (SELECT FROM memory_usermemory WHERE superseded_at IS NULL AND embedder > %(embedder)s LIMIT %(most)s + 1)
        UNION ALL (SELECT FROM memory_rememberedmessage WHERE embedder < %(embedder)s LIMIT %(most)s + 1)
        UNION ALL (SELECT FROM memory_rememberedmessage WHERE embedder > %(embedder)s LIMIT %(most)s + 1)
    ) AS strangers) AS without_vector,
    (SELECT count(*) FROM (
        SELECT FROM memory_conversationcursor WHERE due_at IS NOT NULL LIMIT %(most)s + 1
    ) AS few) AS waiting,
    (SELECT count(*) FROM (
        SELECT FROM memory_conversationcursor WHERE due_at < now() - interval '5 minutes' LIMIT %(most)s + 1
    ) AS few) AS late,
    pg_total_relation_size('memory_usermemory') AS memories_bytes,
    pg_total_relation_size('memory_rememberedmessage') AS copies_bytes
