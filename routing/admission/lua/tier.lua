-- Goes before every script of a tier: its limits, and its buckets as they are now, by Redis's clock.
-- KEYS 1 state, 2 waiting (by time accepted), 3 needs ("input output" of the waiting), 4 granted (by time),
--      5 running (by deadline), 6 recheck (by time due), 7 grants (see line.lua); all of one tier
-- ARGV 1-4 limits a minute ('' is none): requests, input, output, both tokens; 5 concurrency; 6 seconds of burst;
--      7 '1': output is reserved at its limit, and so counted by the vendor; 8 '1': cached input is free;
--      9 this process. The script's own follow.
local STATE, WAITING, NEEDS, GRANTED, RUNNING, RECHECK, GRANTS = unpack(KEYS)
local NAMES = {'requests', 'input', 'output', 'tokens'}
local RECOVERY = 0.02 -- of the full pace, each second without another 429
local EXPECTED_MARGIN = 1.3
local KEPT = 172800 -- seconds that an idle tier's state is kept
local time = redis.call('TIME')
local now = tonumber(time[1]) + tonumber(time[2]) / 1000000
local concurrency, burst = tonumber(ARGV[5]), tonumber(ARGV[6])
local reserve_most, cached_is_free, me = ARGV[7] == '1', ARGV[8] == '1', ARGV[9]
local min, max = math.min, math.max

local state, changed = {}, {}
local flat = redis.call('HGETALL', STATE)
for i = 1, #flat, 2 do state[flat[i]] = flat[i + 1] end

local function exact(value) return string.format('%.17g', value) end -- tostring keeps 14 digits
local function number(name, default) return tonumber(state[name]) or default end
local function put(name, value)
  state[name] = type(value) == 'number' and exact(value) or value
  changed[name] = true
end

-- A clock that was set back must neither drain the buckets nor stop the tier until it has caught up.
local jump = number('at', now) - now
if jump > 0 then
  for _, name in ipairs({'blocked', 'refused_at'}) do
    if state[name] then put(name, number(name) - jump) end
  end
  for _, key in ipairs(jump > 1 and {GRANTED, RUNNING, RECHECK} or {}) do
    for _, turn in ipairs(redis.call('ZRANGE', key, 0, -1)) do redis.call('ZINCRBY', key, exact(-jump), turn) end
  end
end
local passed = max(-jump, 0)
local blocked = max(number('blocked', 0) - now, 0) -- seconds that are left

-- The pace p grows to 1. Seconds at full speed that the next `seconds` are worth, and the way back.
local function paced(seconds, p)
  local slow = min(seconds, (1 - p) / RECOVERY)
  return p * slow + RECOVERY / 2 * slow * slow + seconds - slow
end
local function unpaced(worth, p)
  local recovering = (1 - p) / RECOVERY
  local recovered = paced(recovering, p)
  if worth >= recovered then return recovering + worth - recovered end
  return (math.sqrt(p * p + 2 * RECOVERY * worth) - p) / RECOVERY
end
local function pace_after(p, seconds) return min(1, p + RECOVERY * seconds) end

local pace = number('pace', 1)
local gained = paced(passed, pace)
pace = pace_after(pace, passed)

local buckets, sent, used = {}, {}, {0, 0, 0, 0} -- sent: admitted within about the last second
for i, name in ipairs(NAMES) do
  local limit = tonumber(ARGV[i])
  if limit then
    local rate, capacity = limit / 60, max(limit / 60 * burst, 1)
    local level = number('level:' .. name, capacity)
    if number('capacity:' .. name, capacity) ~= capacity then level = min(level, capacity) end
    level = max(level, min(level + rate * gained, capacity))
    buckets[i] = {rate = rate, capacity = capacity, level = level}
    sent[i] = number('sent:' .. name, 0) * math.exp(-passed)
  end
end

local function mean(name) return tonumber(state['mean:' .. name]) end
local function input_ratio() -- of what counts to what was estimated
  local estimated = mean('estimate')
  return estimated and estimated > 0 and min(max(mean('input') / estimated, 0.01), 20) or 1
end

-- What a need takes of each limit before its usage is known.
local function reservation(input, output)
  if not reserve_most then
    output = mean('output') and min(output, EXPECTED_MARGIN * mean('output')) or output / 2
  end
  input = input * input_ratio()
  return {1, input, output, input + output}
end

-- Seconds until the buckets hold the amounts, 0 when they do; with the bucket that takes longest. What is larger
-- than a bucket goes when it is full.
local function wait_for(amounts)
  local longest, binding = 0, nil
  for i, bucket in pairs(buckets) do
    local missing = min(amounts[i], bucket.capacity) - bucket.level
    if missing > 1e-6 + bucket.capacity * 1e-9 then
      local wait = unpaced(missing / bucket.rate, pace)
      if wait > longest then longest, binding = wait, bucket end
    end
  end
  return longest, binding
end

local function charge(amounts)
  for i = 1, 4 do
    used[i] = used[i] + amounts[i]
    if buckets[i] then buckets[i].level = buckets[i].level - amounts[i] end
  end
end

-- With `lift`, what comes back may lift a level above its bucket, by one refund: cut off, it would be lost to the line.
local function give_back(amounts, lift)
  for i = 1, 4 do
    used[i] = used[i] - amounts[i]
    local bucket = buckets[i]
    if bucket then
      local top = bucket.capacity + (lift and amounts[i] or 0)
      bucket.level = max(bucket.level, min(bucket.level + amounts[i], top))
    end
  end
end

local function note_sent(amounts)
  for i in pairs(buckets) do sent[i] = sent[i] + amounts[i] end
end

-- Add to the present slot of a ring of counts, each kept as "slot sum sum …".
local function count(ring, seconds, length, amounts)
  local slot, old = math.floor(now / seconds), {}
  local name = ring .. ':' .. slot % length
  for word in string.gmatch(state[name] or '', '%S+') do old[#old + 1] = tonumber(word) end
  local words = {exact(slot)}
  for i, amount in ipairs(amounts) do words[i + 1] = exact(amount + (old[1] == slot and old[i + 1] or 0)) end
  put(name, table.concat(words, ' '))
end

local function save()
  for i, name in ipairs(NAMES) do
    local bucket = buckets[i]
    if bucket then
      put('level:' .. name, bucket.level)
      put('capacity:' .. name, bucket.capacity)
      put('sent:' .. name, sent[i])
    elseif state['level:' .. name] then -- a limit that is set again begins full
      redis.call('HDEL', STATE, 'level:' .. name, 'capacity:' .. name, 'sent:' .. name)
    end
  end
  put('at', now)
  put('pace', pace)
  for i = 1, 4 do
    if used[i] ~= 0 then count('used', 10, 7, used) break end
  end
  local words = {}
  for name in pairs(changed) do
    words[#words + 1] = name
    words[#words + 1] = state[name]
  end
  redis.call('HSET', STATE, unpack(words))
  redis.call('EXPIRE', STATE, KEPT)
end
