#include "control/node_deaths.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

namespace encluster::control {
namespace {

using namespace std::chrono_literals;

constexpr NodeId kAlpha{1};
constexpr NodeId kBeta{2};
constexpr Ipv4Address kAlphaAddress(10, 77, 0, 11);
constexpr Ipv4Address kBetaAddress(10, 77, 0, 12);
constexpr std::chrono::milliseconds kSilence{1500};

NodeConfig node(NodeId id, Ipv4Address address) {
  NodeConfig config;
  config.id = id;
  config.address = address;
  return config;
}

const std::vector<NodeConfig> kNodes{node(kAlpha, kAlphaAddress), node(kBeta, kBetaAddress)};

using Lines = std::vector<std::string>;

/// Everything that was decided, as lines.
struct Fixture {
  Lines lines;
  std::vector<NodeId> asked;
  NodeDeaths::Time now{};
  NodeDeaths deaths{
      kSilence,
      {.unheard = [this](NodeId id) { asked.push_back(id); },
       .suspected =
           [this](NodeId id, const std::string& reason) {
             lines.push_back(std::to_string(id.value()) + " suspected: " + reason);
           },
       .died = [this](NodeId id) { lines.push_back(std::to_string(id.value()) + " dead"); }}};

  Fixture() { deaths.watch(kNodes); }

  void heard(NodeId id = kAlpha) { deaths.heard(id, now); }
  void pass(std::chrono::milliseconds time) {
    now += time;
    deaths.look_for_silence(now);
  }
  void alpha_is(NeighbourState state) {
    deaths.note_neighbour(kInterconnect, kAlphaAddress, state);
  }
  void beta_is(NeighbourState state) {
    deaths.note_neighbour(kInterconnect, kBetaAddress, state);
  }
  /// Alpha does not answer ARP, and beta does.
  void alpha_fails() {
    beta_is(NeighbourState::confirmed);
    alpha_is(NeighbourState::failed);
  }
  void fall_silent() {
    heard(kAlpha);
    heard(kBeta);
    pass(kSilence);
  }
  /// What was decided since the last call.
  Lines decided() { return std::exchange(lines, {}); }
};

const std::string kSilent = "1 suspected: its agent is silent for 1500 ms";
const std::string kLeft = "1 suspected: its agent has gone";
const std::string kNoAnswer = "1 suspected: does not answer ARP";
const std::string kBetaSilent = "2 suspected: its agent is silent for 1500 ms";
const std::string kAskedAgain = "1 suspected: did not answer when no other node did";
const std::string kDead = "1 dead";

}  // namespace

TEST_CASE_METHOD(Fixture, "a node whose agent speaks often enough is not suspected") {
  heard();
  for (int i = 0; i < 10; ++i) {
    pass(kSilence - 1ms);
    heard();
  }
  CHECK(decided().empty());
}

TEST_CASE_METHOD(Fixture, "a node whose agent is silent is suspected once, dead if ARP fails") {
  heard();
  pass(kSilence - 1ms);
  CHECK(decided().empty());
  pass(1ms);
  CHECK(decided() == Lines{kSilent});
  pass(kSilence);
  CHECK(decided().empty());

  alpha_is(NeighbourState::resolved);  // it is being checked
  alpha_fails();
  CHECK(decided() == Lines{kDead});
  alpha_is(NeighbourState::pending);
  alpha_fails();
  CHECK(decided().empty());
}

TEST_CASE_METHOD(Fixture, "a node that answers ARP lives on without its agent") {
  heard();
  pass(kSilence);
  alpha_is(NeighbourState::resolved);
  alpha_is(NeighbourState::confirmed);
  pass(60s);
  CHECK(decided() == Lines{kSilent});
}

TEST_CASE_METHOD(Fixture, "a node whose agent speaks again is not suspected any more") {
  heard();
  pass(kSilence);
  heard();
  alpha_fails();
  CHECK(decided() == Lines{kSilent});
}

TEST_CASE_METHOD(Fixture, "a node whose agent speaks is not dead although ARP fails") {
  heard();
  alpha_fails();
  pass(500ms);
  heard();
  alpha_fails();
  CHECK(decided().empty());
}

TEST_CASE_METHOD(Fixture, "where ARP failed before the silence, it is asked for again") {
  heard();
  pass(1s);
  alpha_fails();
  pass(500ms);
  CHECK(decided() == Lines{kSilent});
  alpha_fails();
  CHECK(decided() == Lines{kDead});
}

TEST_CASE_METHOD(Fixture, "the end of an agent's connection is suspicious, and no more than that") {
  heard();
  deaths.agent_left(kAlpha);
  CHECK(decided() == Lines{kLeft});
  alpha_is(NeighbourState::confirmed);
  pass(60s);
  CHECK(decided().empty());

  deaths.agent_left(kAlpha);
  alpha_fails();
  CHECK(decided() == Lines{kLeft, kDead});
}

TEST_CASE_METHOD(Fixture, "a node without an agent is dead if ARP fails twice in a row") {
  alpha_fails();
  CHECK(decided() == Lines{kNoAnswer});
  alpha_is(NeighbourState::pending);
  alpha_is(NeighbourState::confirmed);
  alpha_fails();
  CHECK(decided() == Lines{kNoAnswer});
  alpha_fails();
  CHECK(decided() == Lines{kDead});
}

TEST_CASE_METHOD(Fixture,
                 "a node whose agent is not heard is asked every second until it is dead") {
  const auto asked_within = [this](std::chrono::milliseconds time) {
    asked.clear();
    for (auto rest = time; rest > 0ms; rest -= 100ms) {
      heard(kBeta);
      pass(100ms);
    }
    return std::ranges::count(asked, kAlpha);
  };
  heard(kAlpha);
  CHECK(asked_within(1s) == 0);
  deaths.agent_left(kAlpha);
  CHECK(asked_within(5s) == 5);
  alpha_is(NeighbourState::confirmed);
  alpha_is(NeighbourState::failed);
  CHECK(asked_within(2s) == 2);
  heard(kBeta);
  alpha_is(NeighbourState::failed);
  CHECK(asked_within(5s) == 0);
  alpha_is(NeighbourState::confirmed);
  CHECK(asked_within(5s) == 5);
  CHECK(std::ranges::count(asked, kBeta) == 0);
}

TEST_CASE_METHOD(Fixture, "a dead node that answers ARP, or whose agent speaks, can die again") {
  for (int i = 0; i < 2; ++i) {
    alpha_fails();
    alpha_fails();
    CHECK(decided() == Lines{kNoAnswer, kDead});
    alpha_is(NeighbourState::resolved);
  }
  alpha_fails();
  alpha_fails();
  heard();
  CHECK(decided() == Lines{kNoAnswer, kDead});
  pass(kSilence);
  alpha_fails();
  CHECK(decided() == Lines{kSilent, kDead});
}

TEST_CASE_METHOD(Fixture, "the late end of a dead node's connection is no news") {
  heard();
  pass(kSilence);
  alpha_fails();
  CHECK(decided() == Lines{kSilent, kDead});
  deaths.agent_left(kAlpha);
  alpha_fails();
  CHECK(decided().empty());
}

TEST_CASE_METHOD(Fixture, "nodes that fall silent at once are not dead: the gateway may be cut off") {
  fall_silent();
  CHECK(decided() == Lines{kSilent, kBetaSilent});
  alpha_is(NeighbourState::failed);
  beta_is(NeighbourState::failed);
  for (int i = 0; i < 3; ++i) {
    alpha_is(NeighbourState::pending);
    alpha_is(NeighbourState::failed);
    pass(10s);
  }
  CHECK(decided().empty());
}

TEST_CASE_METHOD(Fixture, "when one of them is heard again, the others are asked again") {
  fall_silent();
  alpha_is(NeighbourState::failed);
  beta_is(NeighbourState::failed);
  decided();

  SECTION("and live if they answer") {
    heard(kBeta);
    alpha_is(NeighbourState::confirmed);
    pass(1s);
    heard(kBeta);
    CHECK(decided() == Lines{kAskedAgain});
  }
  SECTION("and are dead if they do not") {
    heard(kBeta);
    CHECK(decided() == Lines{kAskedAgain});
    alpha_is(NeighbourState::failed);
    CHECK(decided() == Lines{kDead});
  }
  SECTION("by ARP, too, once") {
    beta_is(NeighbourState::confirmed);
    beta_is(NeighbourState::confirmed);
    CHECK(decided() == Lines{kAskedAgain});
    alpha_is(NeighbourState::failed);
    CHECK(decided() == Lines{kDead});
  }
}

TEST_CASE_METHOD(Fixture, "a witness must speak after the suspicion") {
  heard(kBeta);
  alpha_is(NeighbourState::failed);
  alpha_is(NeighbourState::failed);
  CHECK(decided() == Lines{kNoAnswer});
  heard(kBeta);
  alpha_is(NeighbourState::failed);
  CHECK(decided() == Lines{kAskedAgain, kDead});
}

TEST_CASE_METHOD(Fixture, "the last node needs no witness") {
  alpha_fails();
  alpha_fails();
  CHECK(decided() == Lines{kNoAnswer, kDead});
  beta_is(NeighbourState::failed);
  beta_is(NeighbourState::failed);
  CHECK(decided() == Lines{"2 suspected: does not answer ARP", "2 dead"});

  deaths.watch({kNodes[0]});
  alpha_is(NeighbourState::confirmed);
  alpha_is(NeighbourState::failed);
  alpha_is(NeighbourState::failed);
  CHECK(decided() == Lines{kNoAnswer, kDead});
}

TEST_CASE_METHOD(Fixture, "what is said of others than nodes on the interconnect is ignored") {
  for (int i = 0; i < 2; ++i) {
    deaths.note_neighbour(0, kAlphaAddress, NeighbourState::failed);
    deaths.note_neighbour(kInterconnect, Ipv4Address(10, 77, 0, 99), NeighbourState::failed);
    deaths.agent_left(NodeId(9));
    heard(NodeId(9));
  }
  CHECK(decided().empty());
}

TEST_CASE_METHOD(Fixture, "a suspicion survives a reload that leaves the node alone") {
  heard();
  pass(1s);
  deaths.watch(kNodes);
  pass(500ms);
  CHECK(decided() == Lines{kSilent});
  deaths.watch({kNodes[0]});
  alpha_is(NeighbourState::failed);
  CHECK(decided() == Lines{kDead});
}

TEST_CASE_METHOD(Fixture, "a node with another address is not suspected for the one before") {
  heard();
  pass(kSilence);
  deaths.watch({node(kAlpha, Ipv4Address(10, 77, 0, 21))});
  alpha_is(NeighbourState::failed);
  deaths.note_neighbour(kInterconnect, Ipv4Address(10, 77, 0, 21), NeighbourState::failed);
  CHECK(decided() == Lines{kSilent, kNoAnswer});
}

}  // namespace encluster::control
