-- Conversations that have been quiet for so long, with how they ended. What the contact said comes first; a person's work
-- is not the bot's; silence after an answer is taken as solved unless the answer said that it does not know.
WITH quiet AS (
    SELECT v.id, v.solved, v.contact_id, v.site_id FROM conversations_conversation v
    WHERE v.judged_at IS NULL AND v.last_message_at < now() - %(seconds)s * interval '1 s'
      AND NOT EXISTS (SELECT 1 FROM conversations_turn t
                      WHERE t.conversation_id = v.id AND t.state IN ('queued', 'running'))
    ORDER BY v.last_message_at LIMIT %(most)s
    FOR UPDATE OF v SKIP LOCKED
),
ended AS (
    SELECT quiet.*, newest.state, newest.finish_reason, rated.value AS rating, EXISTS (
        SELECT 1 FROM conversations_escalation e
        WHERE e.conversation_id = quiet.id AND (e.closed_at IS NULL OR e.closed_at > newest.accepted_at)
    ) OR newest.id IS NULL AND EXISTS (
        SELECT 1 FROM conversations_escalation e WHERE e.conversation_id = quiet.id
    ) AS escalated
    FROM quiet
    LEFT JOIN LATERAL (
        SELECT t.id, t.state, t.finish_reason, t.accepted_at FROM conversations_turn t
        WHERE t.conversation_id = quiet.id ORDER BY t.id DESC LIMIT 1
    ) AS newest ON true
    LEFT JOIN conversations_message said ON said.turn_id = newest.id
    LEFT JOIN conversations_rating rated ON rated.message_id = said.id
)
UPDATE conversations_conversation v SET judged_at = now(), outcome = CASE
    WHEN ended.solved THEN 'confirmed'
    WHEN ended.escalated THEN 'escalated'
    WHEN NOT ended.solved OR ended.rating < 0 THEN 'unsolved'
    WHEN ended.state = 'answered' AND ended.finish_reason <> 'unknown' THEN 'assumed'
    ELSE 'abandoned' END
FROM ended JOIN people_contact c ON c.id = ended.contact_id
WHERE v.id = ended.id AND v.judged_at IS NULL
RETURNING v.outcome, ended.site_id, c.audience_id, c.key
