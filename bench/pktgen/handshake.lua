-- Makes the connections of a login profile, through the gateway: SYN, SYN-ACK, ACK.
-- How it is run: README.md.
package.path = debug.getinfo(1, "S").source:match("^@(.*/)") .. "?.lua;" .. package.path
local rig = require("rig")

-- Slow enough that nothing is lost, and fast enough that a million take less than a minute, after
-- which the gateway would forget the first.
local frames_a_second = tonumber(rig.setting("HANDSHAKES", 100000))

--- Sends the next frames of a port's capture, and waits until they have come through.
local function take(step)
  local port, far = tostring(step.port), rig.opposite(step.port)
  pktgen.clear("0-1")
  pktgen.set(port, "count", step.frames)
  pktgen.start(port)
  repeat
    pktgen.sleep(1)
  until pktgen.isSending(port)[step.port] == "n"
  pktgen.sleep(rig.seconds_to_count)
  local arrived = rig.counters(far).ipackets
  rig.say("port %d: %d of %d frames came through", step.port, arrived, step.frames)
  if arrived < step.frames then
    error("some connections are missing: restart the gateway, and lower HANDSHAKES", 0)
  end
end

rig.run(function()
  for port = 0, 1 do
    rig.set_rate(port, 100)
    rig.set_rate(port, math.min(100, 100 * frames_a_second / rig.asked(port)))
  end
  for _, step in ipairs(rig.profile().handshake) do
    take(step)
  end
  rig.say("connected")
end)
