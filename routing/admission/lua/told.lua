-- What a vendor's headers say: no level is higher than what is left there, less what is on its way to it.
-- ARGV 10… limit, remaining of each of the four limits ('' not said)
local under_way = {0, 0, 0, 0}
for _, turn in ipairs(redis.call('ZRANGE', GRANTED, 0, -1)) do
  local grant = grant_of(turn)
  for i = 1, grant and 4 or 0 do under_way[i] = under_way[i] + grant.amounts[i] end
end
for i, name in ipairs(NAMES) do
  local limit, remaining = tonumber(ARGV[8 + 2 * i]), tonumber(ARGV[9 + 2 * i])
  if limit then put('vendor:' .. name, limit) end
  -- Not below 0: a vendor that has nothing left does not say how much it is owed, and we may know it better.
  local bucket = buckets[i]
  if remaining and bucket then
    bucket.level = min(bucket.level, max(remaining - under_way[i] - sent[i], 0))
  end
end
save()
return 1
