-- Which of these turns' jobs will nobody look at?
-- KEYS 1 the queue, 2 the leases of running jobs (workers/leases.py)
-- ARGV 1 the prefix of a job's key, 2 a job of RQ's own workers that began after this moment is about to claim its turn,
--      3 how many workers a job may lose, 4… job ids
-- Returns for each: 0 it waits in the queue or a worker has it, 1 there is none, 2 it was given up: its workers died
-- RQ's own workers take a job off the queue before they say so, and may die in between. Of a long queue only the front is
-- looked through: what is missing there is found when it has become shorter.
local FRONT = 2000
local queue = {}
for _, id in ipairs(redis.call('LRANGE', KEYS[1], 0, FRONT - 1)) do queue[id] = true end
local whole = redis.call('LLEN', KEYS[1]) <= FRONT

local function look(id)
  local job = redis.call('HMGET', ARGV[1] .. id, 'status', 'started_at', 'workers_lost')
  if job[1] == 'queued' then return (queue[id] or not whole) and 0 or 1 end
  if job[1] == 'started' then
    return (redis.call('ZSCORE', KEYS[2], id) or (job[2] or '') > ARGV[2]) and 0 or 1
  end
  return job[1] == 'failed' and tonumber(job[3] or 0) > tonumber(ARGV[3]) and 2 or 1
end

local answers = {}
for position = 4, #ARGV do answers[#answers + 1] = look(ARGV[position]) end
return answers
