-- Follows tier.lua: the waiting list, and what granted and running turns hold.
-- A grant is kept as "since input output reserved_input reserved_output begun process"; process '-' until it is used.
local ALIVE = 3.5 -- seconds a deadline is off when its process renewed it lately
local RUNS_FOR = 6 -- seconds without renewal

local function need_of(turn)
  local input, output = string.match(redis.call('HGET', NEEDS, turn) or '0 0', '(%S+) (%S+)')
  return tonumber(input), tonumber(output)
end

local function add_to_sums(input, output)
  put('waiting:input', number('waiting:input', 0) + input)
  put('waiting:output', number('waiting:output', 0) + output)
end

-- Into the line at its place; one that is there already changes its need only.
local function enter(turn, since, input, output)
  if redis.call('EXISTS', WAITING) == 0 then add_to_sums(-number('waiting:input', 0), -number('waiting:output', 0)) end
  if redis.call('ZADD', WAITING, 'NX', since, turn) == 0 then
    local old_input, old_output = need_of(turn)
    add_to_sums(-old_input, -old_output)
  end
  redis.call('HSET', NEEDS, turn, exact(input) .. ' ' .. exact(output))
  add_to_sums(input, output)
end

-- Out of the line; whether it was in it.
local function withdraw(turn)
  if redis.call('ZREM', WAITING, turn) == 0 then return false end
  local input, output = need_of(turn)
  redis.call('HDEL', NEEDS, turn)
  add_to_sums(-input, -output)
  return true
end

local function grant_of(turn)
  local since, input, output, held_input, held_output, begun, process =
    string.match(redis.call('HGET', GRANTS, turn) or '', '(%S+) (%S+) (%S+) (%S+) (%S+) (%S+) (%S+)')
  if not since then return nil end
  held_input, held_output = tonumber(held_input), tonumber(held_output)
  return {
    since = since, input = tonumber(input), output = tonumber(output), begun = tonumber(begun), process = process,
    amounts = {1, held_input, held_output, held_input + held_output},
  }
end

local function grant_words(since, input, output, amounts, process)
  return table.concat({since, exact(input), exact(output), exact(amounts[2]), exact(amounts[3]), exact(now), process}, ' ')
end

-- An unused grant's reservation comes back. Returns the grant, or nil when there was none.
local function take_grant_back(turn)
  if redis.call('ZREM', GRANTED, turn) == 0 then return nil end
  local grant = grant_of(turn)
  redis.call('HDEL', GRANTS, turn)
  if grant then give_back(grant.amounts) end
  return grant
end

local function run(turn, since, input, output, amounts)
  redis.call('ZADD', RUNNING, exact(now + RUNS_FOR), turn)
  redis.call('HSET', GRANTS, turn, grant_words(since, input, output, amounts, me))
  note_sent(amounts)
end

-- Turns whose process no longer renews them. What they hold counts as spent: the vendor may have counted it.
local function sweep()
  local dead = redis.call('ZRANGEBYSCORE', RUNNING, '-inf', exact(now), 'LIMIT', 0, 1000)
  if #dead > 0 then
    redis.call('ZREM', RUNNING, unpack(dead))
    redis.call('HDEL', GRANTS, unpack(dead))
  end
end

local function busy() return redis.call('ZCARD', RUNNING) + redis.call('ZCARD', GRANTED) end
local function full() return concurrency ~= nil and busy() >= concurrency end

-- Whether the first in line could go now.
local function head_fits()
  local head = redis.call('ZRANGE', WAITING, 0, 0)[1]
  return head ~= nil and blocked <= 0 and not full() and wait_for(reservation(need_of(head))) == 0
end

-- Seconds until a turn with `ahead` turns before it may go; nil when there is nothing to tell it from. Those before it
-- are taken to need what the whole line needs on average. (The same as estimate.py.)
local function estimate(ahead, input, output)
  local others = max(redis.call('ZCARD', WAITING) - 1, 1)
  local share = ahead / others
  local inputs = (number('waiting:input', 0) - input) * share * input_ratio()
  local outputs = (number('waiting:output', 0) - output) * share
  if not reserve_most then outputs = mean('output') and min(outputs, ahead * mean('output')) or outputs / 2 end
  local before, own = {ahead, inputs, outputs, inputs + outputs}, reservation(input, output)
  local longest, p = 0, pace_after(pace, blocked)
  for i, bucket in pairs(buckets) do
    local level = max(bucket.level, min(bucket.level + bucket.rate * paced(blocked, pace), bucket.capacity))
    local missing = before[i] + min(own[i], bucket.capacity) - level
    if missing > 0 then longest = max(longest, unpaced(missing / bucket.rate, p)) end
  end
  local endings = concurrency and ahead + 1 - max(concurrency - busy(), 0) or 0
  if endings <= 0 then return blocked + longest end
  return mean('seconds') and max(blocked + longest, endings * mean('seconds') / concurrency)
end
