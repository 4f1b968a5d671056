-- One row when the contact may be remembered: the conversation's cursor, due when it has been idle. No row: memory is
-- off for the site, the contact or anonymous ones, or the contact is gone. A site's own policy goes before the one of
-- all others; without any, the defaults of the columns are given.
INSERT INTO memory_conversationcursor AS c (conversation, contact_id, extracted_until, due_at, failures)
SELECT %(conversation)s, contact.id, 0, now() + make_interval(secs => coalesce(policy.idle_seconds, %(idle)s)), 0
FROM people_contact contact
LEFT JOIN LATERAL (
    SELECT enabled, anonymous, idle_seconds FROM memory_memorypolicy
    WHERE site_id = contact.site_id OR site_id IS NULL
    ORDER BY site_id NULLS LAST LIMIT 1
) policy ON true
LEFT JOIN memory_memorypreference preference ON preference.contact_id = contact.id
WHERE contact.id = %(contact)s
    AND coalesce(policy.enabled, %(enabled)s)
    AND coalesce(preference.enabled, true)
    AND (coalesce(policy.anonymous, %(anonymous)s) OR contact.key NOT LIKE 'anon:%%')
ON CONFLICT (conversation) DO UPDATE SET due_at = EXCLUDED.due_at WHERE c.contact_id = EXCLUDED.contact_id
RETURNING c.conversation
