-- Answered turns as routing saw them. One turn of so many is taken, by its place in time; where `turn` or `conversation`
-- is given: that turn, or the conversation's last one, answered or not. Never one of another site than `site`, if given.
WITH found AS (
  SELECT turn.id, row_number() OVER (ORDER BY turn.id) AS place, count(*) OVER () AS total
    FROM conversations_turn turn
    JOIN conversations_conversation conversation ON conversation.id = turn.conversation_id
   WHERE (%(site)s::bigint IS NULL OR conversation.site_id = %(site)s::bigint)
     AND {which}
), chosen AS (
  SELECT id, total
    FROM found
   WHERE (place - 1) %% greatest(1, ceil(total::float8 / %(most)s::float8)::bigint) = 0
)
SELECT turn.id, chosen.total, message.text, conversation.site_id, audience.key AS audience_key,
       audience.id AS audience_id, contact.key AS contact_key,
       (SELECT count(*) FROM conversations_message said
         WHERE said.conversation_id = turn.conversation_id AND said.id < turn.message_id) AS messages,
       turn.conversation_id, message.created_at AS asked_at, turn.passages, turn.score, turn.answered_by, turn.rule_id,
       turn.model_id, turn.model_name, turn.input_tokens, turn.cached_input_tokens, turn.cache_write_tokens,
       turn.output_tokens, turn.cost
  FROM chosen
  JOIN conversations_turn turn ON turn.id = chosen.id
  JOIN conversations_message message ON message.id = turn.message_id
  JOIN conversations_conversation conversation ON conversation.id = turn.conversation_id
  JOIN people_contact contact ON contact.id = conversation.contact_id
  LEFT JOIN people_audiencetier audience
    ON audience.id = contact.audience_id
    OR (contact.audience_id IS NULL
        AND audience.key = CASE WHEN contact.key LIKE 'id:%%' THEN 'identified' ELSE 'anonymous' END)
 ORDER BY turn.id
