-- Runs a script of bench/pktgen against a gateway that is made up, in place of Pktgen:
--
--   lua5.3 pktgen.lua SCRIPT
--
-- Of the frames of a second it delivers CAPACITY at most. LINK=down: the ports have no link.
local capacity = tonumber(os.getenv("CAPACITY"))
local line = 10e6 -- frames a second
local rate, count, sending, done = {}, {}, {}, {}

local function ports(list)
  local numbers = {}
  for first, last in list:gmatch("(%d)%-?(%d?)") do
    for port = tonumber(first), tonumber(last ~= "" and last or first) do
      numbers[#numbers + 1] = port
    end
  end
  return numbers
end

local function each(list, action)
  local results = {}
  for _, port in ipairs(ports(list)) do
    results[port] = action(port)
  end
  return results
end

local function nothing() end

local function clear(list)
  each(list, function(port)
    done[port] = { opackets = 0, ipackets = 0 }
  end)
end
clear("0-1")

local function second(port)
  local frames = math.floor(line * rate[port] / 100)
  if (count[port] or 0) > 0 then
    frames = math.min(frames, count[port])
    count[port] = count[port] - frames
    sending[port] = count[port] > 0
  end
  done[port].opackets = done[port].opackets + frames
  done[1 - port].ipackets = done[1 - port].ipackets + math.floor(math.min(frames, capacity))
end

pktgen = {
  screen = nothing,
  quit = nothing,
  set_mac = nothing,
  set_ipaddr = nothing,
  latency = nothing,
  clear = clear,
  linkState = function(list)
    return each(list, function()
      return os.getenv("LINK") == "down" and "<--Down-->" or "<UP-10000-FD>"
    end)
  end,
  set = function(list, what, value)
    each(list, function(port)
      if what == "rate" then
        rate[port] = value
      elseif what == "count" then
        count[port] = value
      end
    end)
  end,
  start = function(list)
    each(list, function(port)
      sending[port] = true
    end)
  end,
  stop = function(list)
    each(list, function(port)
      sending[port] = false
    end)
  end,
  sleep = function(seconds)
    for _ = 1, seconds do
      for port = 0, 1 do
        if sending[port] then
          second(port)
        end
      end
    end
  end,
  isSending = function(list)
    return each(list, function(port)
      return sending[port] and "y" or "n"
    end)
  end,
  portStats = function(list, what)
    return each(list, function(port)
      return what == "rate" and { opackets = math.floor(line * rate[port] / 100) } or done[port]
    end)
  end,
  portInfo = function(list)
    return each(list, function(port)
      return { info = { tx_debug = { tx_pps = math.floor(line * rate[port] / 100) } } }
    end)
  end,
  pktStats = function(list)
    return each(list, function()
      local times = { min_us = 1, avg_us = 2, max_us = 3, num_pkts = 4, num_skipped = 0 }
      return { latency = times }
    end)
  end,
}

dofile(arg[1])
