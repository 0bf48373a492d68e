-- Take a place in the moving window, a slot in flight and a call of the day, or none of them.
-- Redis' own clock is the only one that counts. It may jump: what claims to come from the
-- future is taken for new, so that it can neither be forgotten nor block for ever.
--
-- Answers {verdict, milliseconds}: "go" with the time, "wait" and "slot" with how long,
-- "quota" with when it ends, "cap" with how many calls were made, "day" with the time.

local calls, slots, pauses, day = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local id = ARGV[1]
local window, most_calls = tonumber(ARGV[2]), tonumber(ARGV[3])
local lease, most_slots = tonumber(ARGV[4]), tonumber(ARGV[5])
local day_starts, day_ends, most_today = tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[8])
local MINUTE, HOUR = 60000, 3600000

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local function milliseconds(number)
  return string.format('%.0f', number)
end

local function bring_back_from_the_future(key, latest)
  for _, member in ipairs(redis.call('ZRANGEBYSCORE', key, '(' .. milliseconds(latest), '+inf')) do
    redis.call('ZADD', key, milliseconds(latest), member)
  end
end

if now < day_starts or now >= day_ends then
  return {'day', now}
end

local quota = tonumber(redis.call('ZSCORE', pauses, 'quota') or 0)
if now < quota and quota < now + 26 * HOUR then
  return {'quota', quota}
end
local rest = tonumber(redis.call('ZSCORE', pauses, 'rest') or 0)
if now < rest and rest < now + MINUTE then
  return {'wait', rest - now}
end

local made = redis.call('HMGET', day, 'own', 'others')
local used = tonumber(made[1] or 0) + tonumber(made[2] or 0)
if used >= most_today then
  return {'cap', used}
end

redis.call('ZREMRANGEBYSCORE', calls, '-inf', milliseconds(now - window))
bring_back_from_the_future(calls, now)
local recent = redis.call('ZCARD', calls)
if recent >= most_calls then
  local in_the_way = redis.call('ZRANGE', calls, recent - most_calls, recent - most_calls, 'WITHSCORES')
  return {'wait', in_the_way[2] + window - now}
end

redis.call('ZREMRANGEBYSCORE', slots, '-inf', milliseconds(now))
bring_back_from_the_future(slots, now + lease)
if redis.call('ZCARD', slots) >= most_slots then
  return {'slot', redis.call('ZRANGE', slots, 0, 0, 'WITHSCORES')[2] - now}
end

redis.call('ZADD', calls, milliseconds(now), id)
redis.call('PEXPIRE', calls, milliseconds(2 * window))
redis.call('ZADD', slots, milliseconds(now + lease), id)
redis.call('PEXPIRE', slots, milliseconds(2 * lease))
redis.call('HINCRBY', day, 'own', 1)
redis.call('EXPIRE', day, 8 * 24 * 3600)
return {'go', now}
