-- The turns that this process carries go on running. They are entered again if Redis lost them.
-- ARGV 10… turns
local turns = {unpack(ARGV, 10)}
local scores = {}
for i, grant in ipairs(redis.call('HMGET', GRANTS, unpack(turns))) do
  local mine = grant and string.match(grant, '%S+$') == me
  if mine or (not grant and not redis.call('ZSCORE', WAITING, turns[i])) then
    scores[#scores + 1] = exact(now + RUNS_FOR)
    scores[#scores + 1] = turns[i]
  end
end
if #scores > 0 then redis.call('ZADD', RUNNING, unpack(scores)) end
return #scores / 2
