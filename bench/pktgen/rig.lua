-- What the scripts have in common: the profile's directory, and how frames are counted.
local rig = {}

rig.seconds_to_count = 2 -- Pktgen reads its ports' counters once a second

--- An environment variable, since Pktgen hands its scripts no arguments.
function rig.setting(name, default)
  return os.getenv(name) or default or error("set " .. name .. ": see bench/pktgen/README.md", 0)
end

--- What scripts/bench captures says of the profile.
function rig.profile()
  return dofile(rig.setting("PROFILE") .. "/profile.lua")
end

function rig.say(format, ...)
  local line = format:format(...)
  print(line)
  local file = assert(io.open(rig.setting("RESULT", "pktgen-result.txt"), "a"))
  file:write(line, "\n")
  file:close()
end

--- The port where the frames of this one come out of the gateway.
function rig.opposite(port)
  return 1 - port
end

function rig.counters(port)
  return pktgen.portStats(tostring(port), "port")[port]
end

--- Frames a second, of the last second.
function rig.sent_last_second(port)
  return pktgen.portStats(tostring(port), "rate")[port].opackets
end

--- Frames a second that the port would send at its present rate.
function rig.asked(port)
  return pktgen.portInfo(tostring(port))[port].info.tx_debug.tx_pps
end

--- A part of the line's, in percent.
function rig.set_rate(port, percent)
  pktgen.set(tostring(port), "rate", percent)
end

local function await_links()
  for _ = 1, 20 do
    local links = pktgen.linkState("0-1")
    if links[0]:find("UP") and links[1]:find("UP") then
      return
    end
    pktgen.sleep(1)
  end
  error("a port has no link", 0)
end

--- Runs a script's body once both ports have a link, then ends Pktgen.
function rig.run(body)
  pktgen.screen("off")
  local done, problem = pcall(function()
    await_links()
    body()
  end)
  if not done then
    rig.say("failed: %s", problem)
  end
  pktgen.quit()
end

return rig
