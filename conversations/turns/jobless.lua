-- Which of these turns' jobs will nobody look at?
-- KEYS 1 the queue, 2 the leases of running jobs (workers/leases.py)
-- ARGV 1 the prefix of a job's key, 2 a job of RQ's own workers that began after this moment is about to claim its turn,
--      3 how many workers a job may lose, 4… job ids
-- Returns for each: 0 it waits in the queue or a worker has it, 1 there is none, 2 it was given up: its workers died
-- A queue is worked off from its front, and the turns asked for are old: LPOS finds what is there after a few steps.
local answers = {}
for position = 4, #ARGV do
  local id = ARGV[position]
  local job = redis.call('HMGET', ARGV[1] .. id, 'status', 'started_at', 'workers_lost')
  local answer = 1
  if job[1] == 'queued' then
    if redis.call('LPOS', KEYS[1], id) then answer = 0 end
  elseif job[1] == 'started' then
    if redis.call('ZSCORE', KEYS[2], id) or (job[2] or '') > ARGV[2] then answer = 0 end
  elseif job[1] == 'failed' and tonumber(job[3] or 0) > tonumber(ARGV[3]) then
    answer = 2
  end
  answers[#answers + 1] = answer
end
return answers
