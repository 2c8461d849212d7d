#include "replay/survey.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

#include "sample.hpp"

namespace encluster::replay {
namespace {

using namespace test;

Survey survey_of(const Frames& frames, const MacBySide& known = {}) {
  return survey(frames.all(), both_sides(), configuration(), known);
}

std::optional<MacAddress> neighbour(const Survey& survey, Side side, Ipv4Address address) {
  const auto place = std::ranges::find_if(survey.neighbours, [&](const auto& known) {
    return known.egress == side && known.address == address;
  });
  return place == survey.neighbours.end() ? std::nullopt : std::optional(place->mac);
}

TEST_CASE("the gateway's MAC addresses are where messages to it go") {
  Frames frames;
  frames.outside(tcp().from(kRemote, 1023).to(kCluster, 513).syn());
  frames.inside(tcp().from(kAlpha, 513).to(kRemote, 1023).syn().ack());
  const Survey found = survey_of(frames);
  CHECK(found.gateway.at(0) == kOutsideMac);
  CHECK(found.gateway.at(kInterconnect) == kInsideMac);
}

TEST_CASE("ARP tells the gateway's MAC address") {
  Frames frames;
  frames.add(0, arp_reply().from(kCluster).to(kRemote).macs(kOutsideMac, kRemoteMac), 0);
  frames.add(1, arp_request().from(kInside).to(kAlpha).macs(kInsideMac, kAlphaMac), 0);
  const Survey found = survey_of(frames);
  CHECK(found.gateway.at(0) == kOutsideMac);
  CHECK(found.gateway.at(kInterconnect) == kInsideMac);
}

TEST_CASE("broadcasts and strangers tell nothing of the gateway") {
  constexpr MacAddress kBroadcast{0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
  Frames frames;
  frames.add(0, udp().from(kRemote, 9).to(kCluster, 9).macs(kRemoteMac, kBroadcast), 0);
  frames.add(0, udp().from(kRemote, 9).to(kRouter, 9).macs(kRemoteMac, kBetaMac), 0);
  frames.add(1, udp().from(kRemote, 9).to(kFarRemote, 9).macs(kRemoteMac, kBetaMac), 0);
  frames.add(1, udp().from(kAlpha, 9).to(kBeta, 9).macs(kAlphaMac, kBetaMac), 0);
  const Survey found = survey_of(frames);
  CHECK(found.gateway.at(0)[0] == 0x02);
  CHECK(found.gateway.at(0) != kBetaMac);
  CHECK(found.gateway.at(kInterconnect) != kBetaMac);
  CHECK(std::ranges::count_if(found.guesses, [](const std::string& guess) {
          return guess.find("the gateway's MAC address on") != std::string::npos;
        }) == 2);
}

TEST_CASE("a MAC address that is given is not learnt") {
  Frames frames;
  frames.outside(tcp().from(kRemote, 1023).to(kCluster, 513).syn());
  CHECK(survey_of(frames, {{0, kBetaMac}}).gateway.at(0) == kBetaMac);
}

TEST_CASE("neighbours are learnt from those who send, and routers from what they forward") {
  Frames frames;
  frames.outside(udp().from(kRemote, 9).to(kCluster, 9));
  frames.add(0, udp().from(kFarRemote, 9).to(kCluster, 9).macs(kBetaMac, kOutsideMac), 0);
  frames.inside(udp().from(kAlpha, 9).to(kRemote, 9));
  const Survey found = survey_of(frames);
  CHECK(neighbour(found, 0, kRemote) == kRemoteMac);
  CHECK(neighbour(found, 0, kRouter) == kBetaMac);
  CHECK(neighbour(found, kInterconnect, kAlpha) == kAlphaMac);
  CHECK_FALSE(neighbour(found, 0, kFarRemote).has_value());
}

TEST_CASE("what the gateway used is trusted most, then ARP, then senders") {
  constexpr MacAddress kOther{2, 0, 0, 0, 9, 9};
  Frames frames;
  frames.outside(udp().from(kRemote, 9).to(kCluster, 9));
  frames.add(0, udp().from(kRemote, 9).to(kCluster, 9).macs(kOther, kOutsideMac), 0);
  CHECK(neighbour(survey_of(frames), 0, kRemote) == kRemoteMac);
  frames.add(0, arp_reply().from(kRemote).to(kCluster).macs(kOther, kOutsideMac), 0);
  CHECK(neighbour(survey_of(frames), 0, kRemote) == kOther);
  frames.sent_outside(udp().from(kCluster, 9).to(kRemote, 9));
  CHECK(neighbour(survey_of(frames), 0, kRemote) == kRemoteMac);
}

TEST_CASE("nodes and routers that the capture does not show get MAC addresses of their own") {
  const Survey found = survey_of(Frames());
  CHECK(neighbour(found, kInterconnect, kAlpha) != neighbour(found, kInterconnect, kBeta));
  CHECK(neighbour(found, 0, kRouter).has_value());
  CHECK(found.guesses.size() == 5);
}

TEST_CASE("frames are counted by who sent them") {
  Frames frames;
  frames.outside(udp().from(kRemote, 9).to(kCluster, 9));
  frames.sent_inside(udp().from(kRemote, 9).to(kBeta, 9));
  const Survey found = survey_of(frames, {{kInterconnect, kInsideMac}});
  CHECK(found.received.at(0) == 1);
  CHECK(found.sent.at(kInterconnect) == 1);
  CHECK_FALSE(found.received.contains(kInterconnect));
}

}  // namespace
}  // namespace encluster::replay
