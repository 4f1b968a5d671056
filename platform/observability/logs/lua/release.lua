-- Let go of what was decided: exactly the chunks that were read. What came meanwhile stays, and is decided later.
-- KEYS: meta, first, rest, due, used
-- ARGV: conversation, chunks read of first, chunks read of rest, how many had gone before, records left out before,
--       1: it is kept, milliseconds to hold, milliseconds that are soon
-- Returns how many chunks stay
local ROOM, CHUNK = 700, 48 -- as in hold.lua
local meta, first, rest, due, used = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local known = redis.call('HMGET', meta, 'size', 'gone', 'left_out')
if not known[1] then
  redis.call('ZREM', due, ARGV[1])
  return 0
end
redis.call('LTRIM', first, ARGV[2], -1)
local read = tonumber(ARGV[3]) - (tonumber(known[2] or 0) - tonumber(ARGV[4]))
if read > 0 then redis.call('LTRIM', rest, read, -1) end

local function weigh(list)
  local records, bytes, chunks = 0, 0, redis.call('LRANGE', list, 0, -1)
  for _, chunk in ipairs(chunks) do
    local space = string.find(chunk, ' ', 1, true)
    records, bytes = records + tonumber(string.sub(chunk, 1, space - 1)), bytes + #chunk - space
  end
  return records, bytes, #chunks
end
local first_records, first_bytes, first_chunks = weigh(first)
local rest_records, rest_bytes, rest_chunks = weigh(rest)
local chunks, kept = first_chunks + rest_chunks, ARGV[6] == '1'
local size = 0
if chunks > 0 or kept then size = ROOM + chunks * CHUNK + first_bytes + rest_bytes end
redis.call('INCRBY', used, size - tonumber(known[1]))
if size == 0 then
  redis.call('DEL', meta)
  redis.call('ZREM', due, ARGV[1])
  return 0
end
redis.call('HSET', meta, 'size', size, 'first_records', first_records, 'first_bytes', first_bytes,
  'rest_records', rest_records, 'rest_bytes', rest_bytes, 'text', 0)
redis.call('HINCRBY', meta, 'left_out', 0 - ARGV[5])
if kept then redis.call('HSET', meta, 'kept', 1, 'reasons', '') end
redis.call('ZADD', due, now + ((kept and chunks > 0) and ARGV[8] or ARGV[7]), ARGV[1])
return chunks
