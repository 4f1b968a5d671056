-- A figure's rows of a stretch of time: minutes, and what was added since the last one was gathered.
SELECT extract(epoch FROM at)::float8, sums, sketch
FROM observability_minute WHERE figure = %(figure)s AND at >= %(start)s AND at < %(end)s
UNION ALL
SELECT extract(epoch FROM at)::float8, sums, sketch
FROM observability_fresh WHERE figure = %(figure)s AND at >= %(start)s AND at < %(end)s
