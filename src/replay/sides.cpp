#include "replay/sides.hpp"

#include <algorithm>

#include "control/configuration_error.hpp"
#include "control/kernel_interface.hpp"
#include "control/tap_name.hpp"

namespace encluster::replay {

namespace {

constexpr std::string_view kInterconnectName = "interconnect";

/// All sides by the names that are shown, for messages.
std::string allowed_names(const control::Configuration& configuration) {
  std::string names;
  for (const auto& network : configuration.networks) names += network.name + ", ";
  return names + std::string(kInterconnectName);
}

bool goes_by(std::string_view name, const std::string& tap, const std::string& device) {
  return name == tap || control::kernel_interface_of(device) == name;
}

/// Positions of the interfaces that a mapping means.
std::vector<std::size_t> meant_by(const std::string& text,
                                  const std::vector<CaptureInterface>& interfaces) {
  std::vector<std::size_t> meant;
  for (std::size_t i = 0; i < interfaces.size(); ++i) {
    if (interfaces[i].name == text) meant.push_back(i);
  }
  if (!meant.empty()) return meant;
  for (std::size_t i = 0; i < interfaces.size(); ++i) {
    if (std::to_string(i) == text) meant.push_back(i);
  }
  return meant;
}

std::string names_of(const std::vector<CaptureInterface>& interfaces) {
  std::string names;
  for (std::size_t i = 0; i < interfaces.size(); ++i) {
    names += (i == 0 ? "" : ", ") + std::to_string(i) + " " + control::shown(interfaces[i].name);
  }
  return names.empty() ? "none" : names;
}

}  // namespace

std::optional<Side> side_called(const control::Configuration& configuration,
                                std::string_view name) {
  for (std::size_t i = 0; i < configuration.networks.size(); ++i) {
    const auto& network = configuration.networks[i];
    if (name == network.name || goes_by(name, control::tap_name(network.name), network.device)) {
      return static_cast<Side>(i);
    }
  }
  if (name == kInterconnectName || name == control::kReservedNetworkName ||
      goes_by(name, std::string(control::kInterconnectTap), configuration.interconnect.device)) {
    return kInterconnect;
  }
  return std::nullopt;
}

Side known_side(const control::Configuration& configuration, std::string_view name) {
  if (const auto side = side_called(configuration, name)) return *side;
  throw UsageError("there is no network " + control::shown(name) +
                   "; allowed: " + allowed_names(configuration));
}

std::string name_of(const control::Configuration& configuration, Side side) {
  return side == kInterconnect ? std::string(kInterconnectName) : configuration.networks[side].name;
}

std::vector<std::optional<Side>> sides_of(const std::vector<CaptureInterface>& interfaces,
                                          const control::Configuration& configuration,
                                          const std::vector<Mapping>& mappings) {
  std::vector<std::optional<Side>> sides;
  for (const CaptureInterface& interface : interfaces) {
    sides.push_back(side_called(configuration, interface.name));
  }
  for (const auto& [interface, side] : mappings) {
    const auto meant = meant_by(interface, interfaces);
    if (meant.empty()) {
      throw UsageError("the capture has no interface " + control::shown(interface) +
                       "; it has: " + names_of(interfaces));
    }
    for (const std::size_t i : meant) sides[i] = known_side(configuration, side);
  }
  for (std::size_t i = 0; i < interfaces.size(); ++i) {
    if (sides[i].has_value() && interfaces[i].link_type != kLinkTypeEthernet) {
      throw UsageError("interface " + std::to_string(i) + " " + control::shown(interfaces[i].name) +
                       " has link type " + std::to_string(interfaces[i].link_type) +
                       ", only Ethernet (1) is read");
    }
  }
  if (std::ranges::none_of(sides, [](const auto& side) { return side.has_value(); })) {
    throw UsageError("no interface of the capture belongs to the gateway; it has: " +
                     names_of(interfaces) + "; say with --map INTERFACE=NETWORK what they are, " +
                     "NETWORK being one of: " + allowed_names(configuration));
  }
  return sides;
}

}  // namespace encluster::replay
