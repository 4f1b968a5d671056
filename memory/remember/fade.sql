-- The days that a kind is kept are those of the site's policy, else of the one for all others, else the columns' defaults.
WITH kept AS (
    SELECT site.id AS site, policy.id IS NULL AS none, policy.* FROM people_site site
    LEFT JOIN LATERAL (
        SELECT * FROM memory_memorypolicy WHERE site_id = site.id OR site_id IS NULL ORDER BY site_id NULLS LAST LIMIT 1
    ) policy ON true
), days AS (
    SELECT site, kind, CASE WHEN none THEN fallback ELSE own END AS days FROM kept, LATERAL (VALUES
        ('fact', keep_facts_days, %(fact)s::int), ('preference', keep_preferences_days, %(preference)s::int),
        ('event', keep_events_days, %(event)s::int), ('plan', keep_plans_days, %(plan)s::int)
    ) AS each (kind, own, fallback)
)
DELETE FROM memory_usermemory WHERE id IN (
    SELECT memory.id FROM memory_usermemory memory
    JOIN people_contact contact ON contact.id = memory.contact_id
    JOIN days ON days.site = contact.site_id AND days.kind = memory.kind
    WHERE memory.said_at < now() - make_interval(days => days.days)
        OR (memory.kind = 'plan' AND memory.holds_until < now() - %(plans)s::interval)
        OR (memory.origin NOT IN ('contact', 'staff') AND memory.importance <= %(unimportant)s
            AND coalesce(memory.recalled_at, memory.said_at) < now() - %(unused)s::interval)
    LIMIT %(batch)s
) RETURNING contact_id, id;
DELETE FROM memory_rememberedmessage WHERE id IN (
    SELECT copy.id FROM memory_rememberedmessage copy
    JOIN people_contact contact ON contact.id = copy.contact_id
    LEFT JOIN LATERAL (
        SELECT true AS there, keep_messages_days FROM memory_memorypolicy
        WHERE site_id = contact.site_id OR site_id IS NULL ORDER BY site_id NULLS LAST LIMIT 1
    ) policy ON true
    WHERE copy.said_at < now() - make_interval(
        days => CASE WHEN policy.there THEN policy.keep_messages_days ELSE %(message)s::int END)
    LIMIT %(batch)s
);
DELETE FROM memory_ignored WHERE id IN (
    SELECT id FROM memory_ignored WHERE created_at < now() - %(ignored)s::interval LIMIT %(batch)s
);
