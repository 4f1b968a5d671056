-- Admit a turn, or enter it in the line.
-- ARGV 10 turn, 11 since, 12 input, 13 output, 14 '1': may enter, 15 seconds until it is handed out again ('' never),
--      16 longest wait for which it enters ('' any)
-- Returns 1, input reserved, output reserved; or 0, place, seconds ('' unknown), whether entered, whether to wake
local turn, since, input, output = ARGV[10], ARGV[11], tonumber(ARGV[12]), tonumber(ARGV[13])
local recheck, patience = tonumber(ARGV[15]), tonumber(ARGV[16])
sweep()

local function admitted(amounts)
  save()
  return {1, exact(amounts[2]), exact(amounts[3])}
end

if redis.call('ZSCORE', GRANTED, turn) then
  local grant = grant_of(turn)
  if blocked > 0 or not grant then -- refused since: back to its place
    grant = take_grant_back(turn)
    if grant then enter(turn, grant.since, grant.input, grant.output) end
  else
    redis.call('ZREM', GRANTED, turn)
    run(turn, grant.since, grant.input, grant.output, grant.amounts)
    return admitted(grant.amounts)
  end
elseif redis.call('ZSCORE', RUNNING, turn) then
  local grant = grant_of(turn)
  if grant and grant.process == me then return admitted(grant.amounts) end -- the reply was lost
  redis.call('ZREM', RUNNING, turn) -- an attempt that is no more
  redis.call('HDEL', GRANTS, turn)
end

local was_in = redis.call('ZSCORE', WAITING, turn)
if not was_in then redis.call('ZREM', RECHECK, turn) end
enter(turn, since, input, output)
local place = redis.call('ZRANK', WAITING, turn)
local amounts = reservation(input, output)
if place == 0 and blocked <= 0 and not full() and wait_for(amounts) == 0 then
  redis.call('ZREM', RECHECK, turn)
  withdraw(turn)
  charge(amounts)
  run(turn, was_in or since, input, output, amounts)
  return admitted(amounts)
end

local seconds = estimate(place, input, output)
local stays = was_in or (ARGV[14] == '1' and (not patience or not seconds or seconds <= patience))
local wake = false
if not stays then
  withdraw(turn)
else
  local first = recheck and redis.call('ZADD', RECHECK, 'NX', exact(now + recheck), turn) == 1
    and redis.call('ZRANK', RECHECK, turn) == 0
  wake = place == 0 or first
end
save()
return {0, place, seconds and exact(seconds) or '', stays and 1 or 0, wake and 1 or 0}
