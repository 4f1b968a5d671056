-- Hold a chunk of a conversation's records, or note that it is troubled. The newest activity puts its decision off;
-- with trouble, or once it is kept, it is decided soon.
-- KEYS: meta, first, rest, due, used
-- ARGV: conversation, chunk ("": none), its records, bytes of their text, site, audience, rules, reasons (both with
--       commas), milliseconds to hold, milliseconds that are soon, most bytes in all, most records and most bytes of one
--       conversation
-- Returns {1: held, 0: no room, now in milliseconds}
local ROOM, CHUNK = 700, 48 -- bytes that a conversation and a chunk take beside what is in them
local meta, first, rest, due, used = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local chunk, records = ARGV[2], tonumber(ARGV[3])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local names = {'size', 'first_records', 'first_bytes', 'rest_records', 'rest_bytes', 'rules', 'reasons', 'kept'}
local known = redis.call('HMGET', meta, unpack(names))
local function number(place) return tonumber(known[place] or 0) end
local size = number(1)

local function joined(there, new)
  if new == '' then return there or '' end
  if not there or there == '' then return new end
  for word in string.gmatch(new, '[^,]+') do
    if not string.find(',' .. there .. ',', ',' .. word .. ',', 1, true) then there = there .. ',' .. word end
  end
  return there
end

local cost = size == 0 and ROOM or 0
if chunk ~= '' then cost = cost + CHUNK + #chunk end
local full = chunk ~= '' and tonumber(redis.call('GET', used) or 0) + cost > tonumber(ARGV[11])
if full and size == 0 then return {0, now} end
if full then cost = 0 end

local reasons = joined(known[7], ARGV[8])
redis.call('HSETNX', meta, 'began', now)
local fields = {'last', now, 'rules', joined(known[6], ARGV[7]), 'reasons', reasons}
if ARGV[5] ~= '' then fields[#fields + 1] = 'site'; fields[#fields + 1] = ARGV[5] end
if ARGV[6] ~= '' then fields[#fields + 1] = 'audience'; fields[#fields + 1] = ARGV[6] end
redis.call('HSET', meta, unpack(fields))

if chunk ~= '' and not full then
  local most_records, most_bytes = tonumber(ARGV[12]), tonumber(ARGV[13])
  redis.call('HINCRBY', meta, 'text', ARGV[4])
  local fits = number(2) + records <= most_records / 4 and number(3) + #chunk <= most_bytes / 4
  if fits and number(4) == 0 then
    redis.call('RPUSH', first, records .. ' ' .. chunk)
    redis.call('HINCRBY', meta, 'first_records', records)
    redis.call('HINCRBY', meta, 'first_bytes', #chunk)
  else
    redis.call('RPUSH', rest, records .. ' ' .. chunk)
    local held, bytes, out, gone = number(4) + records, number(5) + #chunk, 0, 0
    while held > most_records * 3 / 4 or bytes > most_bytes * 3 / 4 do
      local oldest = redis.call('LPOP', rest)
      if not oldest then break end
      local space = string.find(oldest, ' ', 1, true)
      local many, length = tonumber(string.sub(oldest, 1, space - 1)), #oldest - space
      held, bytes, out, gone = held - many, bytes - length, out + many, gone + 1
      cost = cost - CHUNK - length
    end
    redis.call('HSET', meta, 'rest_records', held, 'rest_bytes', bytes)
    if gone > 0 then
      redis.call('HINCRBY', meta, 'left_out', out)
      redis.call('HINCRBY', meta, 'gone', gone)
    end
  end
end
redis.call('HINCRBY', meta, 'size', cost)
redis.call('INCRBY', used, cost)

local at = now + ARGV[9]
if reasons ~= '' or known[8] then
  at = now + ARGV[10]
  local sooner = tonumber(redis.call('ZSCORE', due, ARGV[1]) or at)
  if sooner < at then at = sooner end
end
redis.call('ZADD', due, at, ARGV[1])
return {full and 0 or 1, now}
