#include "rest/time_text.hpp"

#include <fmt/chrono.h>

namespace encluster::rest {

std::string to_text(std::chrono::system_clock::time_point time) {
  using std::chrono::floor;
  using std::chrono::milliseconds;
  const auto seconds = floor<std::chrono::seconds>(time);
  const auto rest = floor<milliseconds>(time - seconds);
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z",
                     fmt::gmtime(std::chrono::system_clock::to_time_t(seconds)), rest.count());
}

}  // namespace encluster::rest
