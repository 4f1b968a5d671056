-- Who asks, and what holds for them: one row, or none for a contact that is gone.
SELECT coalesce(preference.enabled, true), policy.enabled, policy.most_memories, policy.most_tokens
FROM people_contact AS contact
LEFT JOIN memory_memorypreference AS preference ON preference.contact_id = contact.id
LEFT JOIN LATERAL (
    SELECT enabled, most_memories, most_tokens FROM memory_memorypolicy
    WHERE site_id = %(site)s OR site_id IS NULL
    ORDER BY site_id NULLS LAST
    LIMIT 1
) AS policy ON true
WHERE contact.id = %(contact)s AND contact.site_id = %(site)s
