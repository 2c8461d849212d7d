#include "switching/slices.hpp"

#include <catch2/catch.hpp>

namespace encluster::switching {
namespace {

PortNumber port(unsigned number) { return PortNumber(static_cast<std::uint16_t>(number)); }
NodeId node(unsigned id) { return NodeId(static_cast<std::uint16_t>(id)); }

/// The definition, taken literally: try every node.
std::optional<NodeId> owner_by_definition(unsigned number, unsigned first, unsigned size,
                                          const std::vector<NodeId>& nodes) {
  for (const NodeId candidate : nodes) {
    const unsigned start = first + candidate.value() * size;
    if (number >= start && number <= start + size - 1) return candidate;
  }
  return std::nullopt;
}

TEST_CASE("Without slices no port has an owner") {
  const Slices slices;
  for (unsigned number = 0; number <= 65535; ++number) {
    REQUIRE(slices.owner(port(number)) == std::nullopt);
  }
}

TEST_CASE("The owner of every port is the node whose slice holds it") {
  struct Layout {
    unsigned first;
    unsigned size;
    std::vector<NodeId> nodes;
  };
  const std::vector<Layout> layouts = {
      {16384, 8192, {node(0), node(1), node(2), node(3), node(4), node(5)}},
      {16384, 8192, {node(5), node(0), node(2)}},
      {16384, 16384, {node(0), node(1), node(2)}},
      {20000, 4096, {node(3), node(10)}},
      {0, 32768, {node(0), node(1)}},
      {0, 65536, {node(0)}},
      {64512, 1, {node(0), node(1), node(1023)}},
      {65535, 1, {node(0)}},
      {1, 64, {node(0), node(1022)}},
  };
  for (const Layout& layout : layouts) {
    const Slices slices(port(layout.first), layout.size, layout.nodes);
    for (unsigned number = 0; number <= 65535; ++number) {
      REQUIRE(slices.owner(port(number)) ==
              owner_by_definition(number, layout.first, layout.size, layout.nodes));
    }
    for (const NodeId owner : layout.nodes) {
      const auto [first, last] = slices.slice_of(owner);
      CHECK(slices.owner(first) == owner);
      CHECK(slices.owner(last) == owner);
      CHECK(last.value() - first.value() + 1u == layout.size);
    }
  }
}

TEST_CASE("The largest size gives each node a slice, and twice as much would not") {
  for (const unsigned first : {0u, 1024u, 16384u, 32768u, 65000u}) {
    for (const unsigned last : {16384u, 60999u, 65535u}) {
      for (const unsigned highest : {0u, 1u, 2u, 3u, 7u, 8u, 100u, 1023u}) {
        const auto size = Slices::largest_size(port(first), port(last), node(highest));
        const unsigned slices = highest + 1;
        if (!size) {
          CHECK((last < first || last - first + 1 < slices));
          continue;
        }
        CHECK((*size & (*size - 1)) == 0);
        CHECK(first + *size * slices - 1 <= last);
        CHECK(first + 2 * *size * slices - 1 > last);
      }
    }
  }
}

TEST_CASE("The default ports give a gateway and three nodes 8192 ports each") {
  CHECK(Slices::largest_size(port(16384), port(65535), node(3)) == 8192u);
  CHECK(Slices::largest_size(port(16384), port(65535), node(2)) == 16384u);
  CHECK(Slices::largest_size(port(0), port(65535), node(0)) == 65536u);
}

TEST_CASE("There is no size where the ports are fewer than the nodes") {
  CHECK(Slices::largest_size(port(65530), port(65535), node(6)) == std::nullopt);
  CHECK(Slices::largest_size(port(65530), port(65535), node(5)) == 1u);
  CHECK(Slices::largest_size(port(2), port(1), node(0)) == std::nullopt);
}

}  // namespace
}  // namespace encluster::switching
