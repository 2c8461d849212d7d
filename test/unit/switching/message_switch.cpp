#include "switching/message_switch.hpp"

#include <catch2/catch.hpp>

namespace encluster::switching {
namespace {

constexpr PortNumber kNfs{std::uint16_t{2049}};
constexpr NodeId kOne{std::uint16_t{1}};
constexpr NodeId kTwo{std::uint16_t{2}};

SwitchEntry entry(NetworkIndex network, Protocol protocol, PortNumber port, NodeId node) {
  SwitchEntry result;
  result.network = network;
  result.protocol = protocol;
  result.port = port;
  result.node = node;
  return result;
}

TEST_CASE("An empty message switch has no entry for anything") {
  const MessageSwitch empty;
  CHECK(empty.find(0, Protocol::tcp, PortNumber{}) == nullptr);
  CHECK(empty.find(15, Protocol::udp, PortNumber(std::uint16_t{65535})) == nullptr);
}

TEST_CASE("An entry is found by network, protocol and port together") {
  const MessageSwitch message_switch({entry(0, Protocol::tcp, kNfs, kOne),
                                      entry(0, Protocol::udp, kNfs, kTwo),
                                      entry(1, Protocol::tcp, kNfs, kTwo)});
  REQUIRE(message_switch.find(0, Protocol::tcp, kNfs) != nullptr);
  CHECK(message_switch.find(0, Protocol::tcp, kNfs)->node == kOne);
  CHECK(message_switch.find(0, Protocol::udp, kNfs)->node == kTwo);
  CHECK(message_switch.find(1, Protocol::tcp, kNfs)->node == kTwo);
  CHECK(message_switch.find(1, Protocol::udp, kNfs) == nullptr);
  CHECK(message_switch.find(2, Protocol::tcp, kNfs) == nullptr);
  CHECK(message_switch.find(0, Protocol::tcp, PortNumber(std::uint16_t{2048})) == nullptr);
}

TEST_CASE("Of two entries for one port the first wins") {
  const MessageSwitch message_switch(
      {entry(0, Protocol::tcp, kNfs, kOne), entry(0, Protocol::tcp, kNfs, kTwo)});
  CHECK(message_switch.find(0, Protocol::tcp, kNfs)->node == kOne);
}

TEST_CASE("Every port of every network can have an entry of its own") {
  std::vector<SwitchEntry> entries;
  for (unsigned number = 1; number <= 65535; number += 13) {
    for (NetworkIndex network = 0; network < kMaxNetworks; ++network) {
      entries.push_back(entry(network, Protocol::udp,
                              PortNumber(static_cast<std::uint16_t>(number)),
                              NodeId(static_cast<std::uint16_t>(number % 1024))));
    }
  }
  const MessageSwitch message_switch(entries);
  for (const SwitchEntry& expected : entries) {
    const SwitchEntry* found = message_switch.find(expected.network, Protocol::udp, expected.port);
    REQUIRE(found != nullptr);
    REQUIRE(found->node == expected.node);
    REQUIRE(found->network == expected.network);
  }
}

}  // namespace
}  // namespace encluster::switching
