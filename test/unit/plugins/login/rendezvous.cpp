#include "login/rendezvous.hpp"

#include <array>
#include <catch2/catch.hpp>
#include <vector>

namespace encluster::login {

namespace {

constexpr std::uint64_t kDraws = 60000;
const std::vector<NodeId> kNodes{NodeId(1), NodeId(2), NodeId(3)};

std::array<NodeStatus, 4> all_up() {
  std::array<NodeStatus, 4> nodes;
  for (NodeStatus& node : nodes) node.present = node.up = true;
  return nodes;
}

/// Sessions by node, over consecutive hashes: the worst case for a mixing step.
std::array<std::uint64_t, 4> shares(std::span<const NodeStatus> nodes) {
  std::array<std::uint64_t, 4> shares{};
  for (std::uint64_t hash = 0; hash < kDraws; ++hash) {
    ++shares.at(rendezvous(hash, kNodes, nodes).value().value());
  }
  return shares;
}

bool about(std::uint64_t share, double expected) {
  return static_cast<double>(share) > expected * 0.97 &&
         static_cast<double>(share) < expected * 1.03;
}

}  // namespace

TEST_CASE("equal weights get equal shares of the hashes") {
  const auto counts = shares(all_up());
  for (std::size_t node = 1; node <= 3; ++node) CHECK(about(counts[node], kDraws / 3.0));
}

TEST_CASE("shares of the hashes follow the weights") {
  auto nodes = all_up();
  nodes[1].weight = 3;
  nodes[3].weight = 2;
  const auto counts = shares(nodes);
  CHECK(about(counts[1], kDraws * 3 / 6.0));
  CHECK(about(counts[2], kDraws * 1 / 6.0));
  CHECK(about(counts[3], kDraws * 2 / 6.0));
}

TEST_CASE("a node that drains moves its own share and no other") {
  const auto before = all_up();
  auto after = before;
  after[2].draining = true;
  for (std::uint64_t hash = 0; hash < 1000; ++hash) {
    const NodeId was = rendezvous(hash, kNodes, before).value();
    const NodeId is = rendezvous(hash, kNodes, after).value();
    CHECK(is != NodeId(2));
    CHECK((was == NodeId(2) || is == was));
  }
}

TEST_CASE("only candidates that take new sessions are drawn") {
  auto nodes = all_up();
  nodes[1].up = false;
  nodes[2].present = false;
  nodes[3].weight = 0;
  CHECK_FALSE(rendezvous(7, kNodes, nodes).has_value());
  CHECK_FALSE(rendezvous(7, {}, all_up()).has_value());
  nodes[3].weight = 1;
  CHECK(rendezvous(7, kNodes, nodes) == NodeId(3));
}

TEST_CASE("a candidate that the cluster does not have is not drawn") {
  const std::array<NodeStatus, 1> gateway_alone{};
  CHECK_FALSE(rendezvous(7, kNodes, gateway_alone).has_value());
}

}  // namespace encluster::login
