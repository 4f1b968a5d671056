-- Take jobs from the queues and lease them, in one step: an id is always in a queue or in the leases.
-- An entry without a queued job (deleted, cancelled, done) is dropped. One whose job is leased already, because its id was
-- enqueued again, is merged with the one that runs.
-- KEYS 1 leases (sorted set: job id, by expiry), 2 owners (hash: job id to execution id), 3 the key that suspends workers,
--      4 the preferred queue, 5… the later ones
-- ARGV 1 RQ's key prefix, 2 seconds of a lease, 3 worker's name, 4 most from the preferred queue, 5 most from the later
--      ones while the preferred one still holds jobs, 6 and otherwise, 7… execution ids, as many as jobs are wanted
-- Returns -1 when suspended, else {whether the preferred queue still holds jobs, {queue (from 0), job id, execution id,
--         {field, value, …}}, …}
if redis.call('EXISTS', KEYS[3]) == 1 then return -1 end
local time = redis.call('TIME')
local expiry = string.format('%.3f', time[1] + time[2] / 1000000 + tonumber(ARGV[2]))
local execution, wanted, dropped = 7, #ARGV - 6, 0
local taken = {}

local function lease(queue, id)
  local key = ARGV[1] .. ':job:' .. id
  local status = redis.pcall('HGET', key, 'status')
  if status ~= 'queued' then return false end
  redis.call('HSET', key, 'status', 'started', 'worker_name', ARGV[3])
  if redis.call('ZSCORE', KEYS[1], id) then return false end
  redis.call('ZADD', KEYS[1], expiry, id)
  redis.call('HSET', KEYS[2], id, ARGV[execution])
  taken[#taken + 1] = {queue, id, ARGV[execution], redis.call('HGETALL', key)}
  execution = execution + 1
  return true
end

local function take(number, most)
  local count = 0
  while count < most and #taken < wanted and dropped < 1000 do
    local id = redis.call('LPOP', KEYS[4 + number])
    if not id then break end
    if lease(number, id) then count = count + 1 else dropped = dropped + 1 end
  end
  return count
end

take(0, tonumber(ARGV[4]))
local waits = redis.call('LLEN', KEYS[4]) > 0 and 1 or 0
local left = tonumber(waits == 1 and ARGV[5] or ARGV[6])
for number = 1, #KEYS - 4 do left = left - take(number, left) end
return {waits, unpack(taken)}
