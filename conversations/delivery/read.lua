-- Read a conversation's log after a cursor.
-- KEYS: 1 stream, 2 meta. ARGV: 1 epoch for a new log, 2 ms to live, 3 the cursor's epoch, 4 the cursor's number.
-- Returns {epoch, last number, 1 when the cursor still holds, else 0, entries}; without a cursor that holds, all entries.
local stream, meta = KEYS[1], KEYS[2]
if redis.call('HEXISTS', meta, 'epoch') == 0 then
  redis.call('DEL', stream)
  redis.call('HSET', meta, 'epoch', ARGV[1], 'seq', 0, 'floor', 0)
  redis.call('PEXPIRE', meta, ARGV[2])
end
local epoch, seq, floor = unpack(redis.call('HMGET', meta, 'epoch', 'seq', 'floor'))
local number = tonumber(ARGV[4])
if ARGV[3] == epoch and number >= tonumber(floor) and number <= tonumber(seq) then
  return {epoch, seq, 1, redis.call('XRANGE', stream, (number + 1) .. '-0', '+')}
end
return {epoch, seq, 0, redis.call('XRANGE', stream, '-', '+')}
