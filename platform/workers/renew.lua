-- Renew the leases that are still ours, by Redis's clock. One that ran out and was not taken yet is still ours.
-- KEYS 1 leases, 2 owners
-- ARGV 1 seconds of a lease, 2… job id, execution id, …
-- Returns the execution ids that are no longer ours
local time = redis.call('TIME')
local expiry = string.format('%.3f', time[1] + time[2] / 1000000 + tonumber(ARGV[1]))
local lost = {}
for position = 2, #ARGV, 2 do
  if redis.call('HGET', KEYS[2], ARGV[position]) == ARGV[position + 1] then
    redis.call('ZADD', KEYS[1], expiry, ARGV[position])
  else
    lost[#lost + 1] = ARGV[position + 1]
  end
end
return lost
