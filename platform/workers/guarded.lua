-- Run the recorded commands of jobs, each job's only while its execution still holds its lease.
-- KEYS 1 leases, 2 owners
-- ARGV for each job: job id, execution id, a key that must not exist ('' for none), number of commands, and for each
--      command its number of words and the words
-- Returns for each job 1 done, 0 no longer ours, 2 that key exists; or the first error's text (the others were run)
local position, answers = 1, {}

local function next_word()
  position = position + 1
  return ARGV[position - 1]
end

local function next_command()
  local words = {}
  for number = 1, tonumber(next_word()) do words[number] = next_word() end
  return words
end

while position <= #ARGV do
  local id, execution, unless = next_word(), next_word(), next_word()
  local answer = 1
  if redis.call('HGET', KEYS[2], id) ~= execution then
    answer = 0
  elseif unless ~= '' and redis.call('EXISTS', unless) == 1 then
    answer = 2
  end
  local go = answer == 1
  for _ = 1, tonumber(next_word()) do
    local command = next_command()
    if go then
      local result = redis.pcall(unpack(command))
      if type(result) == 'table' and result.err and answer == 1 then answer = command[1] .. ': ' .. result.err end
    end
  end
  answers[#answers + 1] = answer
end
return answers
