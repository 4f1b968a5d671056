-- A contact's message and its turn, unless something stands in the way: one row, whose verdict says what happened.
-- The transaction has locked the contact and the conversation in the statement before, so that this one's snapshot
-- holds whatever another accept of the contact has committed.
WITH known AS (
    SELECT c.id AS contact, c.token_version, c.audience_id, v.contact_id AS owner, v.handler,
           a.turns_at_once, a.tokens_per_day, m.id AS message, m.created_at AS said_at,
           (SELECT max(t.id) FROM conversations_turn t WHERE t.message_id = m.id) AS turn
    FROM people_contact c
    JOIN conversations_conversation v ON v.id = %(conversation)s
    LEFT JOIN people_audiencetier a
        ON a.id = coalesce(c.audience_id, (SELECT id FROM people_audiencetier WHERE key = %(tier)s))
    LEFT JOIN conversations_message m ON m.conversation_id = v.id AND m.client_id = %(client_id)s
    WHERE c.site_id = %(site)s AND c.key = %(key)s
),
judged AS (
    SELECT known.*, used.here, CASE
        WHEN token_version <> %(version)s THEN 'signed_out'
        WHEN owner <> contact THEN 'foreign'
        WHEN message IS NOT NULL THEN 'duplicate'
        WHEN handler = 'agent' THEN 'for_agent'
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
          AND known.message IS NULL AND known.handler <> 'agent'
    ) used
),
said AS (
    INSERT INTO conversations_message (conversation_id, role, text, client_id)
    SELECT %(conversation)s, 'contact', %(text)s, %(client_id)s FROM judged WHERE verdict IN ('asked', 'for_agent')
    RETURNING id, created_at
),
touched AS (
    UPDATE conversations_conversation v SET last_message_at = now(), solved = NULL, judged_at = NULL, outcome = ''
    FROM said
    WHERE v.id = %(conversation)s
),
asked AS (
    INSERT INTO conversations_turn (conversation_id, message_id)
    SELECT %(conversation)s, said.id FROM judged, said WHERE verdict = 'asked'
    RETURNING id
),
stored AS (
    SELECT verdict, audience_id, coalesce(said.id, message) AS message, coalesce(asked.id, turn) AS turn,
           coalesce(said.created_at, said_at, now()) AS at, verdict = 'asked' AND here = 0 AS head
    FROM judged LEFT JOIN said ON true LEFT JOIN asked ON true
)
SELECT stored.*,
       (SELECT count(*) FROM conversations_turn t WHERE t.state = 'queued' AND t.id < stored.turn) AS place
FROM stored
