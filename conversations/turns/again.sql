-- Asking a question again, unless something stands in the way: one row, whose verdict says what happened.
-- The transaction has locked the contact and the conversation in the statement before, as accept does, so that this
-- one's snapshot holds whatever another client of the contact has committed.
WITH known AS (
    SELECT c.id AS contact, c.token_version, a.turns_at_once, a.tokens_per_day, v.handler,
           t.id AS turn, t.state, t.message_id AS message, r.id AS repeated, r.message_id AS repeated_message,
           (SELECT max(n.id) FROM conversations_turn n WHERE n.conversation_id = v.id) AS newest
    FROM conversations_conversation v
    JOIN people_contact c ON c.id = v.contact_id
    LEFT JOIN people_audiencetier a
        ON a.id = coalesce(c.audience_id, (SELECT id FROM people_audiencetier WHERE key = %(tier)s))
    LEFT JOIN conversations_turn t ON t.id = %(turn)s AND t.conversation_id = v.id
    LEFT JOIN LATERAL (
        -- The same click once more, or the same wish from another tab.
        SELECT n.id, n.message_id FROM conversations_turn n
        WHERE n.conversation_id = v.id AND (n.request_id = %(request)s OR n.replaces_id = t.id)
        ORDER BY n.request_id = %(request)s DESC NULLS LAST LIMIT 1
    ) r ON true
    WHERE v.id = %(conversation)s
),
judged AS (
    SELECT known.*, used.here, CASE
        WHEN token_version <> %(version)s THEN 'signed_out'
        WHEN repeated IS NOT NULL THEN 'duplicate'
        WHEN turn IS NULL THEN 'unknown'
        WHEN handler = 'agent' THEN 'with_person'
        WHEN state IN ('queued', 'running') THEN 'unfinished'
        WHEN turn <> newest THEN 'not_newest'
        WHEN used.turns >= turns_at_once THEN 'too_many_turns'
        WHEN used.tokens >= tokens_per_day THEN 'tokens_used'
        ELSE 'asked' END AS verdict
    FROM known, LATERAL (
        -- Whatever counts against the limits was said in a conversation of the last day.
        SELECT count(*) FILTER (WHERE t.state IN ('queued', 'running')) AS turns,
               count(*) FILTER (WHERE t.state IN ('queued', 'running') AND v.id = %(conversation)s) AS here,
               sum(coalesce(t.input_tokens, 0) + coalesce(t.output_tokens, 0))
                   FILTER (WHERE t.finished_at >= date_trunc('day', now())) AS tokens
        FROM conversations_conversation v
        JOIN conversations_turn t ON t.conversation_id = v.id
        WHERE v.contact_id = known.contact AND v.last_message_at > now() - interval '1 day'
    ) used
),
asked AS (
    INSERT INTO conversations_turn (conversation_id, message_id, replaces_id, request_id)
    SELECT %(conversation)s, message, turn, %(request)s FROM judged WHERE verdict = 'asked'
    RETURNING id, replaces_id
),
superseded AS (
    UPDATE conversations_message m SET superseded_at = now() FROM asked WHERE m.turn_id = asked.replaces_id
    RETURNING m.id
),
touched AS (
    UPDATE conversations_conversation v SET last_message_at = now(), solved = NULL FROM asked
    WHERE v.id = %(conversation)s
)
SELECT verdict, now() AS at, coalesce(asked.id, repeated) AS turn, coalesce(repeated_message, message) AS message,
       superseded.id AS answer, here = 0 AS head,
       (SELECT count(*) FROM conversations_turn t
        WHERE t.state = 'queued' AND t.id < coalesce(asked.id, repeated)) AS place
FROM judged LEFT JOIN asked ON true LEFT JOIN superseded ON true
