-- The highest rate without loss, by halving (RFC 2544, section 26.1). Knows nothing of Pktgen.
local search = {}

--- The rates are parts of the line's, in percent. Rates between the highest that passed and the
-- lowest that did not are tried until they differ by `options.resolution` (a part of the latter).
-- The one that is found must then pass again, for longer; if it does not, one that is a resolution
-- lower, then two, four and so on.
-- @param trial function (rate, seconds), which returns a table with `passed`
-- @param options seconds, confirm_seconds, resolution, lowest: the rate below which it gives up
-- @return the rate, and what its last trial returned; nil if none passes
function search.highest(trial, options)
  local low, high, rate = 0, 100, 100
  if trial(rate, options.seconds).passed then
    low = rate
  end
  while high - low > options.resolution * high and high > options.lowest do
    rate = (low + high) / 2
    if trial(rate, options.seconds).passed then
      low = rate
    else
      high = rate
    end
  end
  local step = options.resolution
  while low >= options.lowest do
    local result = trial(low, options.confirm_seconds)
    if result.passed then
      return low, result
    end
    low = low * (1 - step)
    step = math.min(2 * step, 0.5)
  end
  return nil
end

return search
