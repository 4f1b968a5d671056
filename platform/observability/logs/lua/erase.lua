-- Forget a conversation.
-- KEYS: meta, first, rest, due, used
-- ARGV: conversation
local size = redis.call('HGET', KEYS[1], 'size')
if size then redis.call('DECRBY', KEYS[5], size) end
redis.call('DEL', KEYS[1], KEYS[2], KEYS[3])
redis.call('ZREM', KEYS[4], ARGV[1])
return 1
