-- Append one event to a conversation's log and ring its bell, with the event for those who have all before it.
-- KEYS: 1 stream, 2 meta (hash: epoch, seq, floor; a:<turn> newest attempt; d:<turn> live deltas "number:from …";
--       p:<turn> newest place; o:<once>)
-- ARGV: 1 epoch for a new log, 2 most events, 3 ms to live, 4 turn or "", 5 attempt, 6 kind: delta | place | last | other,
--       7 from (delta), 8 once-key or "", 9 payload (JSON object), 10 channel
-- Returns the event's number, or 0: an older attempt, a finished turn, or said already. Or -1: a delta that goes on where
--         the log holds nothing to go on from, because it was lost; nothing was appended.
local stream, meta = KEYS[1], KEYS[2]
local turn, attempt, kind = ARGV[4], tonumber(ARGV[5]), ARGV[6]
local CLOSED = 1000000000
local known = redis.call('HMGET', meta, 'epoch', 'a:' .. turn, 'd:' .. turn, 'p:' .. turn)
local epoch, newest, deltas, place = known[1], tonumber(known[2] or '0'), known[3] or '', known[4]
if kind == 'delta' and ARGV[7] ~= '0' and deltas == '' then return -1 end
if not epoch then
  epoch = ARGV[1]
  redis.call('DEL', stream)
  redis.call('HSET', meta, 'epoch', epoch, 'seq', 0, 'floor', 0)
end
local begins = false
if turn ~= '' then
  if newest == CLOSED or attempt < newest then return 0 end
  begins = attempt > newest
  if begins then redis.call('HSET', meta, 'a:' .. turn, attempt) end
end
if ARGV[8] ~= '' and redis.call('HSETNX', meta, 'o:' .. ARGV[8], 1) == 0 then return 0 end
local number = redis.call('HINCRBY', meta, 'seq', 1)
if place and (kind == 'place' or kind == 'last' or begins) then
  -- The newest place in line says all, until an attempt begins.
  redis.call('XDEL', stream, place .. '-0')
  redis.call('HDEL', meta, 'p:' .. turn)
end
if kind == 'place' then redis.call('HSET', meta, 'p:' .. turn, number) end
if turn ~= '' and (kind == 'delta' or kind == 'last') then
  -- A delta replaces the answer's blocks from `from` on, so earlier deltas from there on say nothing any more.
  local kept, from = {}, kind == 'delta' and tonumber(ARGV[7]) or 0
  for id, first in string.gmatch(deltas, '(%d+):(%d+)') do
    if tonumber(first) >= from then redis.call('XDEL', stream, id .. '-0') else kept[#kept + 1] = id .. ':' .. first end
  end
  if kind == 'delta' then
    kept[#kept + 1] = number .. ':' .. from
    redis.call('HSET', meta, 'd:' .. turn, table.concat(kept, ' '))
  else
    redis.call('HDEL', meta, 'd:' .. turn)
    redis.call('HSET', meta, 'a:' .. turn, CLOSED)
  end
end
redis.call('XADD', stream, number .. '-0', 'p', ARGV[9])
if kind ~= 'delta' then -- a delta comes after its turn's other events, and goes with the last one
  local over = redis.call('XLEN', stream) - tonumber(ARGV[2])
  if over > 0 then
    local gone = redis.call('XRANGE', stream, '-', '+', 'COUNT', over)
    redis.call('HSET', meta, 'floor', string.match(gone[#gone][1], '^%d+'))
    redis.call('XTRIM', stream, 'MAXLEN', ARGV[2])
  end
end
if kind ~= 'delta' or deltas == '' then
  redis.call('PEXPIRE', stream, ARGV[3])
  redis.call('PEXPIRE', meta, ARGV[3])
end
redis.call('PUBLISH', ARGV[10], epoch .. ':' .. number .. ' ' .. ARGV[9])
return number
