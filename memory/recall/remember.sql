-- Copies of new messages of one conversation; those that are there stay as they are.
WITH given AS (
    SELECT * FROM unnest(%(messages)s::bigint[], %(by_contact)s::boolean[], %(texts)s::text[], %(said_at)s::timestamptz[])
        AS given (message, by_contact, text, said_at)
)
INSERT INTO memory_rememberedmessage (contact_id, conversation, message, by_contact, text, said_at, embedder)
SELECT %(contact)s, %(conversation)s, message, by_contact, text, said_at, '' FROM given
ON CONFLICT (message) DO NOTHING
