-- The highest rate of a profile at which no more is lost than is tolerated, and the
-- latency at 10, 50 and 90 % of it.
-- How it is run, and how to read what it prints: README.md.
package.path = debug.getinfo(1, "S").source:match("^@(.*/)") .. "?.lua;" .. package.path
local rig = require("rig")
local search = require("search")

local tolerated = tonumber(rig.setting("LOSS", 0)) / 100 -- part of what was sent
local options = {
  seconds = tonumber(rig.setting("SECONDS", 10)),
  confirm_seconds = tonumber(rig.setting("CONFIRM_SECONDS", 60)),
  resolution = 0.005,
  lowest = 0.05,
}
-- A port that sends less than this part of what it was asked to is the limit itself.
local least_sent = 0.99

local profile = rig.profile()
local senders = profile.senders
local all = table.concat(senders, ",")

local function sum(ports, of)
  local total = 0
  for _, port in ipairs(ports) do
    total = total + of(port)
  end
  return total
end

local function sent_in_all(port)
  return rig.counters(port).opackets
end

local function received_in_all(port)
  return rig.counters(rig.opposite(port)).ipackets
end

--- Sends for some seconds; a second more at the beginning counts for the loss alone.
local function trial(rate, seconds)
  for _, port in ipairs(senders) do
    rig.set_rate(port, rate)
  end
  local asked = sum(senders, rig.asked)
  pktgen.clear("0-1")
  pktgen.start(all)
  pktgen.sleep(rig.seconds_to_count)
  local sent = 0
  for _ = 1, seconds do
    pktgen.sleep(1)
    sent = sent + sum(senders, rig.sent_last_second) / seconds
  end
  pktgen.stop(all)
  pktgen.sleep(rig.seconds_to_count)
  local total = sum(senders, sent_in_all)
  local lost = math.max(0, total - sum(senders, received_in_all))
  local short = sent < least_sent * asked
  local passed = total > 0 and lost <= tolerated * total and not short
  rig.say(
    "%7.3f %% of line  %8.3f Mpps  %10d lost  %s%s",
    rate,
    sent / 1e6,
    lost,
    passed and "passed" or "failed",
    short and ": the generator sent less than asked" or ""
  )
  return { passed = passed, mpps = sent / 1e6, lost = lost }
end

--- Pktgen's own datagrams, between the profile's frames.
local function prepare_latency()
  for _, port in ipairs(senders) do
    local text, path = tostring(port), profile.timed[port]
    pktgen.set_mac(text, "src", path.source_mac)
    pktgen.set_mac(text, "dst", path.target_mac)
    pktgen.set_ipaddr(text, "src", path.source .. "/24")
    pktgen.set_ipaddr(text, "dst", path.target)
    pktgen.set(text, "sport", path.source_port)
    pktgen.latency(text, "rate", 1000)
  end
end

local function latency(rate, part, seconds)
  pktgen.latency("0-1", "on")
  rig.say("latency at %d %%:", part)
  trial(rate * part / 100, seconds)
  pktgen.latency("0-1", "off")
  for _, port in ipairs(senders) do
    local far = rig.opposite(port)
    local times = pktgen.pktStats(tostring(far))[far].latency
    rig.say(
      "  port %d to %d: least %.1f us, mean %.1f, most %.1f, of %d datagrams, %d skipped",
      port,
      far,
      times.min_us,
      times.avg_us,
      times.max_us,
      times.num_pkts,
      times.num_skipped
    )
  end
end

rig.run(function()
  rig.say("profile %s", rig.setting("PROFILE"))
  local rate, result = search.highest(trial, options)
  if rate == nil then
    error("frames are lost at any rate: are the connections made, and the cables right?", 0)
  end
  local found = "highest rate with at most %g %% lost: %.3f Mpps, %.3f %% of line"
  rig.say(found, 100 * tolerated, result.mpps, rate)
  prepare_latency()
  for _, part in ipairs({ 10, 50, 90 }) do
    latency(rate, part, options.seconds)
  end
end)
