-- A moving window: at most ARGV[2] different ids in the last ARGV[3] milliseconds of Redis's clock.
-- KEYS[1]  sorted set, id → when it was counted
-- ARGV     id, most, window
-- Returns 0 when the id is counted now, -1 when the window already holds it, else the milliseconds until there is room.
local time = redis.call('TIME')
local now, most, window = time[1] * 1000 + math.floor(time[2] / 1000), tonumber(ARGV[2]), tonumber(ARGV[3])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - window)
if redis.call('ZSCORE', KEYS[1], ARGV[1]) then
  return -1
end
local count = redis.call('ZCARD', KEYS[1])
if count < most then
  redis.call('ZADD', KEYS[1], now, ARGV[1])
  redis.call('PEXPIRE', KEYS[1], window)
  return 0
end
local leaving = redis.call('ZRANGE', KEYS[1], count - most, count - most, 'WITHSCORES') -- after it there is room
return leaving[2] + window - now
