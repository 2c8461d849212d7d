// The message switch, which is built once and then looked up packet by packet.
#pragma once

#include <memory_resource>
#include <vector>

#include "entries.hpp"
#include "rte_hash_table.hpp"
#include "switching/message_switch.hpp"

namespace encluster::bench {

/// Full from the beginning.
class SwitchEntries {
 public:
  struct Key {
    NetworkIndex network = 0;
    Protocol protocol = Protocol::tcp;
    PortNumber port;
  };

  /// All ports of TCP and UDP on all networks: no switch is larger.
  static constexpr std::uint32_t kMost = kMaxNetworks * 2 * 65'536;

  SwitchEntries(std::uint32_t capacity, std::pmr::memory_resource* unused);

  [[nodiscard]] static std::vector<switching::SwitchEntry> entries(std::uint32_t count);

  static void set(Key& key, std::uint32_t number) noexcept;
  static void set_missing(Key& key, std::uint32_t number) noexcept;
  static HashKey hash_key(const Key& key) noexcept;

  void look_up(std::span<const Key> burst, std::span<std::uint32_t> numbers) noexcept;
  [[nodiscard]] std::size_t size() const noexcept { return switch_.entries().size(); }

 private:
  switching::MessageSwitch switch_;
};

}  // namespace encluster::bench
