-- Return jobs to the front of their queues, oldest first, without costing a retry: those of the executions named, if they
-- are still theirs; or, when none is named, those whose lease ran out (a script runs alone: one caller gets each).
-- A job lost with its worker too often is not returned but leased to the caller for 10 s, who has to fail it.
-- KEYS 1 leases, 2 owners
-- ARGV 1 RQ's key prefix, 2 most jobs, 3 how often a job may lose its worker, 4 the caller as an execution id,
--      5… job id, execution id, …
-- Returns {number of jobs returned, id of a job lost too often, …}
local prefix, most, caller = ARGV[1], tonumber(ARGV[2]), ARGV[4]
local time = redis.call('TIME')
local now = time[1] + time[2] / 1000000
local returned, hopeless = {}, {}

local function forget(id, execution, worker, origin)
  local both = id .. ':' .. execution
  redis.call('DEL', prefix .. ':execution:' .. both)
  redis.call('ZREM', prefix .. ':executions:' .. id, execution)
  redis.call('ZREM', KEYS[1], id)
  redis.call('HDEL', KEYS[2], id)
  if origin then redis.call('ZREM', prefix .. ':wip:' .. origin, both) end
  if worker then redis.call('SREM', prefix .. ':worker:' .. worker .. ':executions', both) end
end

local function give_back(id, execution, died)
  local key = prefix .. ':job:' .. id
  local job = redis.pcall('HMGET', key, 'status', 'origin', 'worker_name', 'enqueued_at')
  if job.err then job = {} end
  local status, origin, worker = job[1], job[2], job[3]
  forget(id, execution, worker, origin)
  if status ~= 'started' or not origin then return end
  if died and redis.call('HINCRBY', key, 'workers_lost', 1) > tonumber(ARGV[3]) then
    redis.call('ZADD', KEYS[1], string.format('%.3f', now + 10), id)
    redis.call('HSET', KEYS[2], id, caller)
    hopeless[#hopeless + 1] = id
    return
  end
  redis.call('HSET', key, 'status', 'queued', 'worker_name', '')
  returned[#returned + 1] = {id, origin, job[4] or ''}
end

if #ARGV > 4 then
  for position = 5, #ARGV, 2 do
    if redis.call('HGET', KEYS[2], ARGV[position]) == ARGV[position + 1] then
      give_back(ARGV[position], ARGV[position + 1], false)
    end
  end
else
  for _, id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], 0, now, 'LIMIT', 0, most)) do
    give_back(id, redis.call('HGET', KEYS[2], id) or '', true)
  end
end
table.sort(returned, function(a, b) return a[3] > b[3] end)
for _, job in ipairs(returned) do redis.call('LPUSH', prefix .. ':queue:' .. job[2], job[1]) end
return {#returned, unpack(hopeless)}
