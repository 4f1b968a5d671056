-- One model's circuit breaker: look at it, ask for its probe, or tell it how a call went.
-- KEYS: 1 hash: since (ms: its last opening or closing), ends (ms: open until then, 0: closed), pause (ms of the last
--       opening, before jitter), probe (ms: a probe is out until then), run and first (failures in a row, ms of the
--       first), window, failed, passed, failed_before, passed_before (calls in this window and the one before),
--       began (ms of the first failure in these two), reason
-- ARGV: 1 look | claim | passed | failed | answered | untried | reset, 2 policy (JSON, see policy.py),
--       3 ms when the call was let through, -1: not known, 4 successes to count, 5 reason,
--       6 ms that an opening lasts at least, 7 "1" when this failure opens at once, 8 jitter (a factor),
--       9 channel to tell of openings and closings, 10 model
-- Returns: now (ms), 0 closed | 1 open | 2 half-open, ms to wait (2 and 0: a probe is due, or was granted to claim),
--          1 when failures are known, failures, since (ms), reason
local key, what, policy = KEYS[1], ARGV[1], cjson.decode(ARGV[2])
local asked, passed, least = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[6])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local fields = {'since', 'ends', 'pause', 'probe', 'run', 'first', 'window', 'failed', 'passed', 'failed_before', 'passed_before', 'began'}
local held = redis.call('HMGET', key, 'reason', unpack(fields))
local it = {reason = held[1] or ''}
for i, name in ipairs(fields) do it[name] = tonumber(held[i + 1] or 0) end
if it.since > now then -- another server took over, whose clock is behind: begin again
  for _, name in ipairs(fields) do it[name] = 0 end
end

local number = math.floor(now / policy.window_ms)
if number ~= it.window then
  local follows = number == it.window + 1
  it.failed_before, it.passed_before = follows and it.failed or 0, follows and it.passed or 0
  it.failed, it.passed, it.window = 0, 0, number
end
local failing = it.ends > 0 or it.run > 0 or it.failed > 0 or it.failed_before > 0
local changed, granted = false, false

local function turn(to)
  it.since, it.probe, changed = now, 0, true
  redis.call('PUBLISH', ARGV[9], ARGV[10] .. ' ' .. to)
end

local function open(pause)
  it.pause = math.min(math.max(pause, least), policy.longest_ms)
  it.ends = now + math.max(it.pause * tonumber(ARGV[8]), math.min(least, policy.longest_ms))
  turn('open')
end

local function close()
  for _, name in ipairs({'ends', 'pause', 'run', 'first', 'failed', 'passed', 'failed_before', 'passed_before'}) do it[name] = 0 end
  it.reason, failing = '', false
  turn('closed')
end

local function tripped()
  if it.run >= policy.run and now - it.first >= policy.run_ms then return true end
  if now - it.began < policy.calm_ms then return false end
  local left = 1 - (now % policy.window_ms) / policy.window_ms -- of the window before, as much as a sliding one still sees
  local bad, good = it.failed + it.failed_before * left, it.passed + it.passed_before * left
  return bad + good >= policy.calls and bad >= policy.share * (bad + good)
end

local function fail()
  if it.failed + it.failed_before == 0 then it.began = now end
  it.run, it.failed, it.reason, failing, changed = it.run + 1, it.failed + 1, ARGV[5], true, true
  if it.run == 1 then it.first = now end
end

local closed = it.ends == 0
-- A call tells something only of the time since it was let through: one from before the outage must not reopen
-- or close a breaker that has turned since.
local counts = asked < 0 or asked >= it.since
local probes = asked > it.since or (asked < 0 and it.probe > now)

if closed and passed > 0 and failing then
  it.passed, it.run, it.first, changed = it.passed + passed, 0, 0, true
end
if what == 'failed' then
  if closed and counts then
    local early = ARGV[7] == '1' and now - it.since < policy.grace_ms -- perhaps with the settings from before they were mended
    if not early then
      fail()
      if ARGV[7] == '1' or tripped() then open(policy.pause_ms) end
    end
  elseif not closed and probes then
    fail()
    open(it.pause * 2)
  end
elseif what == 'passed' or what == 'answered' then
  if not closed and probes then close() end
elseif what == 'untried' then
  if not closed and it.probe == asked + policy.probe_ms then it.probe, changed = 0, true end
elseif what == 'reset' then
  close()
elseif what == 'claim' then
  if not closed and now >= it.ends and now >= it.probe then it.probe, granted, changed = now + policy.probe_ms, true, true end
end

if changed then
  local flat = {'reason', it.reason}
  for _, name in ipairs(fields) do
    flat[#flat + 1] = name
    flat[#flat + 1] = string.format('%.0f', it[name])
  end
  redis.call('HSET', key, unpack(flat))
  redis.call('PEXPIRE', key, policy.kept_ms)
end

local state, wait = 0, 0
if it.ends > now then
  state, wait = 1, it.ends - now
elseif it.ends > 0 then
  state = 2
  if it.probe > now and not granted then wait = math.min(it.probe - now, policy.glance_ms) end
end
return {now, state, math.ceil(wait), failing and 1 or 0, math.max(it.run, it.failed), it.since, it.reason}
