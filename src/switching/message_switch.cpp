#include "switching/message_switch.hpp"

#include <utility>

namespace encluster::switching {

MessageSwitch::MessageSwitch(std::vector<SwitchEntry> entries) : entries_(std::move(entries)) {
  std::vector<FrozenMap<std::uint32_t>::Item> items;
  items.reserve(entries_.size());
  for (const SwitchEntry& entry : entries_) {
    items.emplace_back(key_of(entry.network, entry.protocol, entry.port),
                       static_cast<std::uint32_t>(items.size()));
  }
  positions_ = FrozenMap<std::uint32_t>(items);
}

}  // namespace encluster::switching
