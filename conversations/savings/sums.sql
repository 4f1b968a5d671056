-- What the savings report is computed from: a row for each conversation and kind of answer.
-- Conversations whose last message is in the range, whole; of many, each `every`th by a hash of its id, which nobody's
-- habits go by. Lengths are in characters; `warm`: the turn before ended less than five minutes earlier, so that a
-- vendor would still have kept what was sent then.
WITH chosen AS MATERIALIZED (
    SELECT id FROM conversations_conversation
    WHERE last_message_at >= %(start)s AND last_message_at < %(end)s
        AND (%(site)s::bigint IS NULL OR site_id = %(site)s)
        AND (%(every)s = 1 OR mod(hashtext(id::text)::bigint + 2147483648, %(every)s) = 0)
), said AS (
    SELECT m.id, m.turn_id, length(m.text) AS length,
        coalesce(sum(CASE WHEN m.superseded_at IS NULL THEN length(m.text) ELSE 0 END) OVER (
            PARTITION BY m.conversation_id ORDER BY m.id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS before
    FROM conversations_message m JOIN chosen ON chosen.id = m.conversation_id
), turns AS (
    SELECT t.conversation_id, t.id, t.message_id, t.state, t.cost, t.input_tokens, t.cached_input_tokens,
        t.cache_write_tokens, t.output_tokens,
        coalesce((t.route->>'left_out')::bigint, 0) AS left_out, coalesce((t.route->>'in_its_place')::bigint, 0) AS added,
        CASE WHEN t.answered_by IN ('cache', 'rule') THEN 'cache' WHEN t.answered_by <> '' THEN t.answered_by
            WHEN t.model_name = 'articles' THEN 'articles' WHEN t.model_name <> '' THEN 'model' ELSE '' END AS kind,
        coalesce(t.accepted_at - lag(t.finished_at) OVER (PARTITION BY t.conversation_id ORDER BY t.id)
            < interval '5 minutes', false) AS warm
    FROM conversations_turn t JOIN chosen ON chosen.id = t.conversation_id
)
SELECT turns.conversation_id, turns.kind, count(*) AS turns,
    count(*) FILTER (WHERE turns.cost IS NULL) AS unpriced,
    coalesce(sum(turns.cost), 0) AS cost,
    coalesce(sum(turns.input_tokens), 0) AS input_tokens,
    coalesce(sum(turns.cached_input_tokens), 0) AS cached_input_tokens,
    coalesce(sum(turns.cache_write_tokens), 0) AS cache_write_tokens,
    coalesce(sum(turns.output_tokens), 0) AS output_tokens,
    coalesce(sum(asked.length), 0)::bigint AS asked,
    coalesce(sum(asked.before) FILTER (WHERE NOT warm), 0)::bigint AS before_cold,
    coalesce(sum(asked.before) FILTER (WHERE warm), 0)::bigint AS before_warm,
    coalesce(sum(left_out) FILTER (WHERE NOT warm), 0)::bigint AS left_out_cold,
    coalesce(sum(left_out) FILTER (WHERE warm), 0)::bigint AS left_out_warm,
    coalesce(sum(added), 0)::bigint AS in_its_place,
    coalesce(sum(answer.length), 0)::bigint AS answered, (SELECT count(*) FROM chosen) AS sampled
FROM turns
JOIN said asked ON asked.id = turns.message_id
LEFT JOIN said answer ON answer.turn_id = turns.id
WHERE turns.kind IN ('model', 'cache', 'articles') AND turns.state IN ('answered', 'cancelled')
    AND (turns.kind <> 'model' OR turns.input_tokens IS NOT NULL)
GROUP BY turns.conversation_id, turns.kind
