// From a configuration's texts to typed values: what is allowed, and the conversion, in one place.
#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "encluster/file_system_key.hpp"
#include "encluster/types.hpp"

namespace encluster::control {

/// How a text becomes a value.
template <typename T>
struct Format {
  std::string allowed;  ///< for error messages: completes "allowed: "
  std::function<std::optional<T>(const std::string&)> parse;  ///< nothing: not allowed
};

/// Decimal digits without sign, leading zeros or anything around them.
[[nodiscard]] std::optional<std::uint64_t> parse_number(std::string_view text) noexcept;
/// Dotted decimal (RFC 6943, section 3.1.1, "strict"): four numbers, no octal, no short forms.
[[nodiscard]] std::optional<Ipv4Address> parse_address(std::string_view text) noexcept;

/// Inside the prefix, and neither its network nor its broadcast address.
[[nodiscard]] bool is_host_of(const Ipv4Prefix& prefix, Ipv4Address address) noexcept;

[[nodiscard]] std::string to_text(Ipv4Address address);
[[nodiscard]] std::string to_text(const Ipv4Prefix& prefix);
[[nodiscard]] std::string to_text(Protocol protocol);

/// A whole number from `least` to `most`.
template <std::unsigned_integral T>
[[nodiscard]] Format<T> number(T least, T most) {
  const std::string allowed = least == most ? std::to_string(most)
                                            : "a whole number from " + std::to_string(least) +
                                                  " to " + std::to_string(most);
  return {allowed, [least, most](const std::string& text) -> std::optional<T> {
            const auto value = parse_number(text);
            if (!value || *value < least || *value > most) return std::nullopt;
            return static_cast<T>(*value);
          }};
}

/// One of a few words.
template <typename T>
[[nodiscard]] Format<T> one_of(std::vector<std::pair<std::string, T>> choices) {
  std::string allowed;
  for (const auto& [word, value] : choices) allowed += (allowed.empty() ? "" : ", ") + word;
  return {allowed, [choices = std::move(choices)](const std::string& text) -> std::optional<T> {
            for (const auto& [word, value] : choices) {
              if (word == text) return value;
            }
            return std::nullopt;
          }};
}

[[nodiscard]] Format<bool> boolean();
/// A name of at most 63 letters, digits, '.', '_' and '-', the first a letter or digit.
[[nodiscard]] Format<std::string> name();
/// A network's name: see NetworkConfig.
[[nodiscard]] Format<std::string> network_name();
/// What can stand in a DPDK argument: 1 to 255 printable characters without blanks.
[[nodiscard]] Format<std::string> device();
/// 1 to 255 printable ASCII characters.
[[nodiscard]] Format<std::string> printable();
/// An absolute path in its shortest form: no `//`, `/./`, `/../`, no slash at the end but the
/// root's.
[[nodiscard]] Format<std::string> absolute_path();
/// An address that one host can have.
[[nodiscard]] Format<Ipv4Address> host_address();
/// An interface's address with its mask, such as 192.0.2.1/24.
[[nodiscard]] Format<Ipv4Prefix> interface_address();
/// A range of addresses, such as 198.51.100.0/24; no bit is set beyond its length.
[[nodiscard]] Format<Ipv4Prefix> address_range();

/// 1 to 65535.
[[nodiscard]] Format<PortNumber> port_number();

/// ganesha:257, fsid:7, knfsd:TYPE:HEX or bytes:HEX: see FileSystemKey.
[[nodiscard]] Format<FileSystemKey> file_system_key();
[[nodiscard]] std::string to_text(const FileSystemKey& key);

/// tcp or udp.
[[nodiscard]] Format<Protocol> protocol();

/// An RPC program that can be a node's: not the portmapper, and none of those that the cluster
/// serves as a whole, over whatever protocol.
[[nodiscard]] Format<std::uint32_t> rpc_program();

struct ServicePort {
  PortNumber port;
  Protocol protocol = Protocol::tcp;
};
/// 513/tcp or 2049/udp.
[[nodiscard]] Format<ServicePort> service_port();

/// Ports of one protocol, first and last included.
struct ServicePorts {
  PortNumber first;
  PortNumber last;
  Protocol protocol = Protocol::tcp;

  [[nodiscard]] bool contain(Protocol other, PortNumber port) const noexcept {
    return protocol == other && first <= port && port <= last;
  }
  friend bool operator==(const ServicePorts&, const ServicePorts&) = default;
};
/// 8443/tcp or 2000-2100/udp.
[[nodiscard]] Format<ServicePorts> service_ports();

struct Endpoint {
  Ipv4Address address;
  PortNumber port;
};
/// 127.0.0.1:8077; 0.0.0.0 means every address.
[[nodiscard]] Format<Endpoint> endpoint();

/// Ports a slice; `auto` is nothing.
[[nodiscard]] Format<std::optional<std::uint32_t>> slice();

}  // namespace encluster::control
