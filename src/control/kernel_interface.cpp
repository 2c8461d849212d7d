#include "control/kernel_interface.hpp"

#include <algorithm>
#include <array>

namespace encluster::control {

std::optional<std::string> kernel_interface_of(std::string_view device) {
  constexpr std::array<std::string_view, 4> kDrivers{"net_af_packet", "eth_af_packet", "net_af_xdp",
                                                     "net_pcap"};
  if (std::ranges::none_of(kDrivers, [&](auto driver) { return device.starts_with(driver); })) {
    return std::nullopt;
  }
  for (const std::string_view key : {",iface=", ",rx_iface="}) {
    const std::size_t at = device.find(key);
    if (at == std::string_view::npos) continue;
    const std::string_view rest = device.substr(at + key.size());
    return std::string(rest.substr(0, rest.find(',')));
  }
  return std::nullopt;
}

}  // namespace encluster::control
