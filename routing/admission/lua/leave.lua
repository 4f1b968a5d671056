-- Take a turn out of the line, off its grant and off the recheck list; a running one is left alone.
-- ARGV 10 turn, 11 seconds after which it is handed out all the same ('' never)
-- Returns whether to wake
local turn, hold = ARGV[10], tonumber(ARGV[11])
local was_full = full()
local was_head = redis.call('ZRANGE', WAITING, 0, 0)[1] == turn
local changed_something = withdraw(turn)
changed_something = take_grant_back(turn) ~= nil or changed_something
redis.call('ZREM', RECHECK, turn)
local wake = changed_something and redis.call('EXISTS', WAITING) == 1 and (was_head or was_full or head_fits())
if hold then
  redis.call('ZADD', RECHECK, exact(now + hold), turn)
  wake = wake or redis.call('ZRANK', RECHECK, turn) == 0
end
save()
return wake and 1 or 0
