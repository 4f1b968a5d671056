-- What the turns that ended since %(since)s came to, by rule; no rule and a cached answer apart.
-- Ratings and escalations are few: each finds its turn, instead of each turn looking for them.
WITH ended AS (
  SELECT id, rule_id, answered_by = 'cache' AS cached, cost,
         extract(epoch FROM finished_at - accepted_at)::float8 AS seconds, state
    FROM conversations_turn
   WHERE finished_at >= %(since)s
), down AS (
  SELECT message.turn_id
    FROM conversations_rating rating
    JOIN conversations_message message ON message.id = rating.message_id
   WHERE rating.value = -1 AND rating.created_at >= %(since)s AND message.turn_id IS NOT NULL
), escalated AS (
  SELECT DISTINCT last.id AS turn_id
    FROM conversations_escalation escalation
   CROSS JOIN LATERAL (
     SELECT id FROM conversations_turn turn
      WHERE turn.conversation_id = escalation.conversation_id AND turn.accepted_at <= escalation.created_at
      ORDER BY id DESC LIMIT 1
   ) last
   WHERE escalation.created_at >= %(since)s
)
SELECT ended.rule_id, ended.cached, count(*), coalesce(sum(ended.cost), 0),
       percentile_cont(0.5) WITHIN GROUP (ORDER BY ended.seconds) FILTER (WHERE ended.state = 'answered'),
       count(down.turn_id), count(escalated.turn_id)
  FROM ended
  LEFT JOIN down ON down.turn_id = ended.id
  LEFT JOIN escalated ON escalated.turn_id = ended.id
 GROUP BY ended.rule_id, ended.cached
