-- What was remembered and what was ignored on each of the last seven days (UTC), among the newest %(most)s of both:
-- their numbers rise with time, so that the newest are found without an index on the time.
SELECT day::date,
       count(*) FILTER (WHERE origin = 'model') AS by_model,
       count(*) FILTER (WHERE origin = 'patterns') AS by_patterns,
       count(*) FILTER (WHERE origin IN ('contact', 'staff')) AS by_people,
       count(*) FILTER (WHERE origin = 'ignored') AS ignored
FROM (
    (SELECT created_at, origin FROM memory_usermemory ORDER BY id DESC LIMIT %(most)s)
    UNION ALL
    (SELECT created_at, 'ignored' FROM memory_ignored ORDER BY id DESC LIMIT %(most)s)
) AS newest
CROSS JOIN LATERAL date_trunc('day', created_at AT TIME ZONE 'UTC') AS day
WHERE day > (now() AT TIME ZONE 'UTC') - interval '7 days'
GROUP BY day
ORDER BY day DESC
