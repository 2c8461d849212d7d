// Which side of the gateway an interface of a capture is on.
#pragma once

#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "control/configuration.hpp"
#include "encluster/packet.hpp"
#include "replay/capture.hpp"

namespace encluster::replay {

/// A network's index, or kInterconnect: where frames come from and go to.
using Side = Egress;

/// The command line is wrong; what() says how. Exit status 2.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The side that goes by a name: a network's own, its TAP's, or that of the interface below its
/// device; the interconnect's likewise, besides "interconnect" and "inside".
[[nodiscard]] std::optional<Side> side_called(const control::Configuration& configuration,
                                              std::string_view name);

/// @throws UsageError if there is none, with those that there are
[[nodiscard]] Side known_side(const control::Configuration& configuration, std::string_view name);

/// A network's name, or "interconnect".
[[nodiscard]] std::string name_of(const control::Configuration& configuration, Side side);

/// An interface of the capture, by its name or position, and the name of its side.
using Mapping = std::pair<std::string, std::string>;

/// The side of each interface, where it has one. @throws UsageError for a mapping that names what
/// does not exist, for a side whose frames are not Ethernet, and if no interface has a side
[[nodiscard]] std::vector<std::optional<Side>> sides_of(
    const std::vector<CaptureInterface>& interfaces, const control::Configuration& configuration,
    const std::vector<Mapping>& mappings);

}  // namespace encluster::replay
