-- Take the lock, or renew it.
-- KEYS 1 lock. ARGV 1 our token, 2 ms to live. Returns 1 when it is ours now, else 0
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
