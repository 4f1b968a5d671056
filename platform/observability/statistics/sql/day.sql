-- A figure's rows of a stretch of time: days; the hours of those that are due; the minutes of hours that are due.
SELECT extract(epoch FROM at)::float8, sums, sketch
FROM observability_day WHERE figure = %(figure)s AND at >= %(start)s AND at < %(end)s
    AND at NOT IN (SELECT at FROM observability_due WHERE grain = 'day')
UNION ALL
SELECT extract(epoch FROM hour.at)::float8, hour.sums, hour.sketch
FROM observability_due due
JOIN observability_hour hour ON hour.figure = %(figure)s AND hour.at >= %(start)s AND hour.at < %(end)s
    AND hour.at >= due.at AND hour.at < due.at + interval '1 day'
WHERE due.grain = 'day' AND due.at > %(start)s - interval '1 day' AND due.at < %(end)s
    AND hour.at NOT IN (SELECT at FROM observability_due WHERE grain = 'hour')
UNION ALL
SELECT extract(epoch FROM minute.at)::float8, minute.sums, minute.sketch
FROM observability_due due
JOIN observability_minute minute ON minute.figure = %(figure)s AND minute.at >= %(start)s AND minute.at < %(end)s
    AND minute.at >= due.at AND minute.at < due.at + interval '1 hour'
WHERE due.grain = 'hour' AND due.at > %(start)s - interval '1 hour' AND due.at < %(end)s
UNION ALL
SELECT extract(epoch FROM at)::float8, sums, sketch
FROM observability_fresh WHERE figure = %(figure)s AND at >= %(start)s AND at < %(end)s
