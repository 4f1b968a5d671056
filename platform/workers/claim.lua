-- Take jobs from the queues, lease them, and write down that they run, in one step: an id is always in a queue or in the
-- leases, and RQ knows every execution.
-- An entry without a queued job (deleted, cancelled, done) is dropped. One whose job is leased already, because its id was
-- enqueued again, is merged with the one that runs.
-- KEYS 1 leases (sorted set: job id, by expiry), 2 owners (hash: job id to execution id), 3 the key that suspends workers,
--      4 the worker's executions, 5 the preferred queue, 6… the later ones
-- ARGV 1 RQ's key prefix, 2 seconds of a lease, 3 worker's name, 4 most from the preferred queue, 5 most from the later
--      ones while the preferred one still holds jobs, 6 and otherwise, 7 how many jobs are wanted, 8 what the execution
--      ids begin with, 9 the worker's time as RQ writes it in jobs, 10 and in executions, 11 seconds that the records live
--      longer than the job may run, 12 seconds that a job without a limit may run, 13… the names of the queues
-- Returns -1 when suspended, else {whether the preferred queue still holds jobs, {queue (from 0), job id, execution id,
--         {field, value, …}}, …}
if redis.call('EXISTS', KEYS[3]) == 1 then return -1 end
local prefix, worker, wanted, now, stamp = ARGV[1], ARGV[3], tonumber(ARGV[7]), ARGV[9], ARGV[10]
local time = redis.call('TIME')
local expiry = string.format('%.3f', time[1] + time[2] / 1000000 + tonumber(ARGV[2]))
local taken, dropped, longest = {}, 0, 0

-- What rq.executions.prepare_execution and Job.prepare_for_execution write; a test compares it with theirs.
local function record(id, execution, key, timeout, origin)
  local limit = tonumber(timeout or '')
  if not limit or limit <= 0 then limit = tonumber(ARGV[12]) end
  local ttl = math.floor(limit) + tonumber(ARGV[11])
  local both, registry = id .. ':' .. execution, prefix .. ':executions:' .. id
  redis.call('HSET', prefix .. ':execution:' .. both, 'id', execution, 'job_id', id, 'created_at', stamp,
    'last_heartbeat', stamp, 'worker_name', worker)
  redis.call('EXPIRE', prefix .. ':execution:' .. both, ttl)
  redis.call('ZADD', registry, time[1] + ttl + 60, execution)
  redis.call('EXPIRE', registry, ttl + 60)
  redis.call('ZADD', prefix .. ':wip:' .. origin, time[1] + ttl, both)
  redis.call('SADD', KEYS[4], both)
  redis.call('HSET', key, 'last_heartbeat', now, 'started_at', now)
  redis.call('PERSIST', key)
  longest = math.max(longest, ttl + 60)
end

local function lease(queue, id)
  local key = prefix .. ':job:' .. id
  local job = redis.pcall('HMGET', key, 'status', 'timeout', 'origin')
  if job[1] ~= 'queued' then return false end
  redis.call('HSET', key, 'status', 'started', 'worker_name', worker)
  if redis.call('ZSCORE', KEYS[1], id) then return false end
  local execution = ARGV[8] .. #taken
  redis.call('ZADD', KEYS[1], expiry, id)
  redis.call('HSET', KEYS[2], id, execution)
  record(id, execution, key, job[2], job[3] or ARGV[13 + queue])
  taken[#taken + 1] = {queue, id, execution, redis.call('HGETALL', key)}
  return true
end

local function take(number, most)
  local count = 0
  while count < most and #taken < wanted and dropped < 1000 do
    local id = redis.call('LPOP', KEYS[5 + number])
    if not id then break end
    if lease(number, id) then count = count + 1 else dropped = dropped + 1 end
  end
  return count
end

take(0, tonumber(ARGV[4]))
local waits = redis.call('LLEN', KEYS[5]) > 0 and 1 or 0
local left = tonumber(waits == 1 and ARGV[5] or ARGV[6])
for number = 1, #KEYS - 5 do left = left - take(number, left) end
if longest > 0 then redis.call('EXPIRE', KEYS[4], longest) end
return {waits, unpack(taken)}
