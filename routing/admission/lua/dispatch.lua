-- Let out what may go: first come first served, the first in line is never overtaken.
-- ARGV 10 most grants, 11 seconds after which an unused grant goes back to its place
-- Returns the turns granted, the turns to choose again, seconds until something is due ('' never)
local MOST_RECHECKS, TOGETHER, LOOK_AGAIN = 500, 0.05, 2
local most, lost_after = tonumber(ARGV[10]), tonumber(ARGV[11])
local granted, due = {}, nil
local function due_in(seconds) due = min(due or seconds, max(seconds, 0)) end
local function first_score(key)
  return tonumber(redis.call('ZRANGE', key, 0, 0, 'WITHSCORES')[2])
end

sweep()
for _, turn in ipairs(redis.call('ZRANGEBYSCORE', GRANTED, '-inf', exact(now - lost_after), 'LIMIT', 0, 500)) do
  local grant = take_grant_back(turn) -- its job was lost
  if grant then enter(turn, grant.since, grant.input, grant.output) end
end

local rechecks = redis.call('ZRANGEBYSCORE', RECHECK, '-inf', exact(now), 'LIMIT', 0, MOST_RECHECKS)
for _, turn in ipairs(rechecks) do
  if redis.call('ZSCORE', WAITING, turn) then
    redis.call('ZREM', RECHECK, turn)
  else -- held: nothing else remembers it, if its job is lost
    redis.call('ZADD', RECHECK, exact(now + lost_after), turn)
  end
end

-- Grants to those of the first `size` in line that fit; whether all of them did.
local free = concurrency and concurrency - busy() or math.huge
local function grant_some(size)
  local heads = redis.call('ZRANGE', WAITING, 0, size - 1, 'WITHSCORES')
  if #heads == 0 then return false end
  local turns, scores, kept = {}, {}, {}
  for i = 1, #heads, 2 do
    local turn, since = heads[i], heads[i + 1]
    local input, output = need_of(turn)
    local amounts = reservation(input, output)
    if free < 1 or #granted >= most or wait_for(amounts) > 0 then break end
    charge(amounts)
    add_to_sums(-input, -output)
    free = free - 1
    turns[#turns + 1], granted[#granted + 1] = turn, turn
    scores[#scores + 1] = exact(now)
    scores[#scores + 1] = turn
    kept[#kept + 1] = turn
    kept[#kept + 1] = grant_words(since, input, output, amounts, '-')
  end
  if #turns > 0 then
    redis.call('ZREM', WAITING, unpack(turns))
    redis.call('HDEL', NEEDS, unpack(turns))
    redis.call('ZREM', RECHECK, unpack(turns))
    redis.call('ZREM', RUNNING, unpack(turns))
    redis.call('ZADD', GRANTED, unpack(scores))
    redis.call('HSET', GRANTS, unpack(kept))
  end
  return #turns * 2 == #heads
end
local size = 1
while blocked <= 0 and grant_some(size) do size = 100 end

-- When to look again. Grants of up to 50 ms go together where the bucket holds so much.
local head = redis.call('ZRANGE', WAITING, 0, 0)[1]
if head then
  due_in(LOOK_AGAIN) -- limits may be changed, and bells be lost
  if #granted >= most then
    due_in(0)
  elseif blocked > 0 then
    due_in(blocked)
  elseif free >= 1 then
    local wait, bucket = wait_for(reservation(need_of(head)))
    if bucket then wait = max(wait, min(TOGETHER, (bucket.capacity - bucket.level) / bucket.rate / 2)) end
    due_in(wait)
  end
end
if redis.call('EXISTS', GRANTED) == 1 then due_in(first_score(GRANTED) + lost_after - now) end
if redis.call('EXISTS', RECHECK) == 1 then due_in(first_score(RECHECK) - now) end
save()
return {granted, rechecks, due and exact(due) or ''}
