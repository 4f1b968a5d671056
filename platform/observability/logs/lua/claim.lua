-- Take conversations whose decision is due; nobody else gets them for a while. If whoever took them dies, they are due
-- again.
-- KEYS: due
-- ARGV: how many, milliseconds of that while
-- Returns the conversations
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local found = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'LIMIT', 0, ARGV[1])
for _, conversation in ipairs(found) do
  redis.call('ZADD', KEYS[1], now + ARGV[2], conversation)
end
return found
