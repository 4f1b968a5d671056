-- A figure's rows of a stretch of time: hours, and the minutes of those that something was added to since.
SELECT extract(epoch FROM at)::float8, sums, sketch
FROM observability_hour WHERE figure = %(figure)s AND at >= %(start)s AND at < %(end)s
    AND at NOT IN (SELECT at FROM observability_due WHERE grain = 'hour')
UNION ALL
SELECT extract(epoch FROM minute.at)::float8, minute.sums, minute.sketch
FROM observability_due due
JOIN observability_minute minute ON minute.figure = %(figure)s AND minute.at >= %(start)s AND minute.at < %(end)s
    AND minute.at >= due.at AND minute.at < due.at + interval '1 hour'
WHERE due.grain = 'hour' AND due.at > %(start)s - interval '1 hour' AND due.at < %(end)s
UNION ALL
SELECT extract(epoch FROM at)::float8, sums, sketch
FROM observability_fresh WHERE figure = %(figure)s AND at >= %(start)s AND at < %(end)s
