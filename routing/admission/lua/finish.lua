-- End a running turn.
-- ARGV 10 turn, 11 how: settled, abandoned or refused; 12 input, 13 cached, 14 output ('' unknown); 15 seconds;
--      16 seconds to keep away, as the vendor asked ('' not said), 17 a random number below 1
-- Returns whether to wake
local turn, how, waits = ARGV[10], ARGV[11], tonumber(ARGV[16])
local function result(wake)
  save()
  return wake and 1 or 0
end

local grant, deadline = grant_of(turn), tonumber(redis.call('ZSCORE', RUNNING, turn) or nil)
local others = grant and grant.process ~= me and deadline and deadline > now + ALIVE
if redis.call('ZSCORE', GRANTED, turn) or others then
  grant, deadline = nil, nil -- a later attempt's: not ours to end
end
local was_full = full()
if deadline then redis.call('ZREM', RUNNING, turn) end
if grant then redis.call('HDEL', GRANTS, turn) end

local function learn(name, value, weight)
  local old = mean(name)
  put('mean:' .. name, old and old + (value - old) * weight or value)
end

local function settle(input, cached, output)
  local answers = number('answers', 0) + 1
  local weight = max(1 / answers, 0.02)
  if cached_is_free then input = max(input - cached, 0) end
  put('answers', answers)
  learn('input', input, weight)
  learn('estimate', grant.input, weight)
  learn('output', output, weight)
  local held = grant.amounts
  if reserve_most then output = max(output, held[3]) end -- the vendor counted the limit, and keeps it
  local input_over, output_over = input - held[2], output - held[3]
  charge({0, max(input_over, 0), max(output_over, 0), max(input_over + output_over, 0)})
  local back = {0, max(-input_over, 0), max(-output_over, 0), max(-input_over - output_over, 0)}
  give_back(back, redis.call('EXISTS', WAITING) == 1)
end

local function refuse()
  if grant then give_back(grant.amounts) end
  count('refused', 300, 13, {1})
  local since = number('refused_at', 0)
  local strikes = number('strikes', 0)
  if strikes == 0 or (grant and grant.begun or now - 1) > since then -- not one that was under way with the last
    strikes = now - since > 120 and 1 or strikes + 1
    pace = max(pace * 0.8, 0.1)
    put('strikes', strikes)
    put('refused_at', now)
    if not waits or waits <= 0 then waits = min(2 ^ min(strikes - 1, 10) * (1 + tonumber(ARGV[17]) / 2), 60) end
  end
  blocked = max(blocked, waits or 0)
  put('blocked', now + blocked)
end

if how == 'refused' then
  refuse()
elseif grant then
  local input, cached, output = tonumber(ARGV[12]), tonumber(ARGV[13]), tonumber(ARGV[14])
  if how == 'settled' then
    local seconds = tonumber(ARGV[15])
    put('endings', number('endings', 0) + 1)
    learn('seconds', seconds, max(1 / number('endings'), 0.02))
    if grant.begun > number('refused_at', 0) then put('strikes', 0) end
    if input then settle(input, cached, output) end
  end
end
local waiting = redis.call('EXISTS', WAITING) == 1
return result(waiting and (was_full or how == 'refused' or head_fits()))
