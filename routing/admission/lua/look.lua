-- A tier as it is, nothing changed. ARGV 10 '1': with the whole line
-- Returns now, blocked seconds, pace; how many wait, are granted, run and are held; the levels ('' no limit); the state
-- as field, value, …; the line as "turn input output turn input output …"
local levels, words = {}, {}
for i = 1, 4 do levels[i] = buckets[i] and exact(buckets[i].level) or '' end
if ARGV[10] == '1' then
  local waiting = redis.call('ZRANGE', WAITING, 0, -1)
  for first = 1, #waiting, 1000 do
    local some = {unpack(waiting, first, min(first + 999, #waiting))}
    for i, need in ipairs(redis.call('HMGET', NEEDS, unpack(some))) do
      words[#words + 1] = some[i]
      words[#words + 1] = need or '0 0'
    end
  end
end
local held = 0
for _, turn in ipairs(redis.call('ZRANGE', RECHECK, 0, 999)) do
  if not redis.call('ZSCORE', WAITING, turn) then held = held + 1 end
end
return {
  exact(now), exact(blocked), exact(pace), redis.call('ZCARD', WAITING), redis.call('ZCARD', GRANTED),
  redis.call('ZCOUNT', RUNNING, exact(now), '+inf'), held, levels, flat, table.concat(words, ' '),
}
