#include "agent_protocol/codec.hpp"

#include <catch2/catch.hpp>

#include "agent_protocol/frame.hpp"
#include "unit/agent_protocol/again.hpp"

namespace encluster::agent_protocol {
namespace {

constexpr LeasedPort kUdp700{Protocol::udp, PortNumber(std::uint16_t{700})};
constexpr LeasedPort kTcp65535{Protocol::tcp, PortNumber(std::uint16_t{65535})};
constexpr Ipv4Address kRemote(198, 51, 100, 7);

Join join() {
  return {.node = "alpha",
          .token = std::string(kTokenSize, '\xff'),
          .boot_id = "01234567-89ab-cdef-0123-456789abcdef",
          .held = {kUdp700, kTcp65535},
          .services = {{.port = kTcp65535,
                        .name = "web",
                        .held = true,
                        .programs = {{1, ~0U}, {100011, 1}, {100011, 2}}},
                       {.port = kUdp700, .name = std::string(kMaxNodeName, 'x'), .held = false}}};
}

Settings settings() {
  return {.slice = PortRange{PortNumber(std::uint16_t{20000}), PortNumber(std::uint16_t{30000})},
          .reserved = {PortNumber(std::uint16_t{20000}), PortNumber(std::uint16_t{20049})},
          .networks = {{"campus", Ipv4Address(192, 0, 2, 1)}}};
}

Welcome welcome() {
  return {.epoch = 1ull << 40,
          .settings = settings(),
          .lost = {kUdp700},
          .heartbeat = std::chrono::seconds(1),
          .fence = std::chrono::seconds(15),
          .instance = {1, 2, 0xff},
          .services = true,
          .exports = true};
}

Sockets sockets() {
  const PortNumber rlogin(std::uint16_t{513});
  const PortNumber rsh(std::uint16_t{514});
  return {.sockets = {{kRemote, PortNumber(std::uint16_t{1023}), rlogin, rlogin,
                       SocketState::established},
                      {kRemote, PortNumber(std::uint16_t{65535}), rsh, PortNumber(std::uint16_t{1}),
                       SocketState::closing}},
          .last = true};
}

Renumberings renumberings() {
  return {{{kRemote, PortNumber(std::uint16_t{1022}), PortNumber(std::uint16_t{1023}),
            PortNumber(std::uint16_t{600})}}};
}

HostKeys host_keys() { return {{{"ssh-ed25519", {1, 0xff}}, {"ssh-rsa", {2}}}}; }

std::string complaint_of_join(void (*spoil)(Join&)) {
  Join message = join();
  spoil(message);
  return complaint(FromAgent(message));
}
std::string complaint_of_settings(void (*spoil)(Settings&)) {
  Settings message = settings();
  spoil(message);
  return complaint(FromGateway(message));
}
std::string complaint_of_welcome(void (*spoil)(Welcome&)) {
  Welcome message = welcome();
  spoil(message);
  return complaint(FromGateway(message));
}
std::string complaint_of_sockets(void (*spoil)(Sockets&)) {
  Sockets message = sockets();
  spoil(message);
  return complaint(FromAgent(message));
}
std::string complaint_of_host_keys(void (*spoil)(HostKeys&)) {
  HostKeys message = host_keys();
  spoil(message);
  return complaint(FromAgent(message));
}
std::string complaint_of_renumberings(void (*spoil)(Renumberings&)) {
  Renumberings message = renumberings();
  spoil(message);
  return complaint(FromGateway(message));
}

}  // namespace

TEST_CASE("What an agent says arrives as it was") {
  for (const FromAgent& message :
       {FromAgent(join()), FromAgent(LeaseRequest{~0ull, kUdp700}),
        FromAgent(LeaseRelease{kTcp65535}), FromAgent(Heartbeat{7, 1234}), FromAgent(Heartbeat{}),
        FromAgent(sockets()), FromAgent(Sockets{}), FromAgent(host_keys()), FromAgent(HostKeys{}),
        FromAgent(ServiceRequest{~0ull, kTcp65535, "web"}),
        FromAgent(ServiceRequest{1, kUdp700, "quotas", {{100011, 1}, {~0U, ~0U}}})}) {
    CHECK(again(message) == message);
  }
}

TEST_CASE("What the gateway says arrives as it was") {
  Settings without_slice = settings();
  without_slice.slice.reset();
  without_slice.reserved.clear();
  for (const FromGateway& message :
       {FromGateway(welcome()), FromGateway(Refused{RefusalReason::busy, "later"}),
        FromGateway(settings()), FromGateway(without_slice),
        FromGateway(LeaseAnswer{3, LeaseResult::taken, "beta"}),
        FromGateway(LeaseAnswer{3, LeaseResult::granted, ""}), FromGateway(HeartbeatAnswer{9}),
        FromGateway(renumberings()), FromGateway(Renumberings{}),
        FromGateway(ServiceAnswer{3, ServiceResult::not_allowed, ""}),
        FromGateway(ServiceAnswer{3, ServiceResult::program_taken, "beta"}),
        FromGateway(ServiceAnswer{3, ServiceResult::granted, "", true}),
        FromGateway(ServiceAnswer{~0ull, ServiceResult::taken, "beta"})}) {
    CHECK(again(message) == message);
  }
}

TEST_CASE("A frame begins with the length of the rest") {
  const std::string frame = encode(FromAgent(join()));
  const auto length =
      frame_length({static_cast<std::uint8_t>(frame[0]), static_cast<std::uint8_t>(frame[1]),
                    static_cast<std::uint8_t>(frame[2]), static_cast<std::uint8_t>(frame[3])});
  CHECK(length == frame.size() - kFrameHeader);
}

TEST_CASE("The longest messages fit a frame") {
  Join most = join();
  most.node = std::string(kMaxNodeName, 'a');
  most.held.assign(kMaxLeases, kTcp65535);
  most.services.assign(kMaxServices, {kTcp65535, std::string(kMaxNodeName, 'a'), true});
  for (OfferedService& one : most.services) one.programs = {{~0U, ~0U}};
  static_assert(kMaxServices == kMaxPrograms);
  CHECK(encode(FromAgent(most)).size() <= kMaxFrame);
  CHECK(again(FromAgent(most)) == FromAgent(most));
  Welcome answer = welcome();
  answer.lost.assign(kMaxLeases + kMaxServices, kTcp65535);
  answer.settings.reserved.clear();
  for (std::size_t i = 0; i < kMaxReserved; ++i) {
    answer.settings.reserved.emplace_back(static_cast<std::uint16_t>(20000 + i));
  }
  answer.settings.networks.assign(kMaxNetworks, {std::string(kMaxNodeName, 'a'), Ipv4Address(1)});
  CHECK(encode(FromGateway(answer)).size() <= kMaxFrame);
  CHECK(again(FromGateway(answer)) == FromGateway(answer));
  Sockets all;
  all.sockets.assign(kMaxSockets, {Ipv4Address(~0U), PortNumber(std::uint16_t{65535}),
                                   PortNumber(std::uint16_t{65535}),
                                   PortNumber(std::uint16_t{65535}), SocketState::closing});
  CHECK(encode(FromAgent(all)).size() <= kMaxFrame);
  CHECK(again(FromAgent(all)) == FromAgent(all));
  Renumberings most_claims;
  most_claims.claims.assign(kMaxSockets,
                            {Ipv4Address(~0U), PortNumber(std::uint16_t{65535}),
                             PortNumber(std::uint16_t{65535}), PortNumber(std::uint16_t{65535})});
  CHECK(encode(FromGateway(most_claims)).size() <= kMaxFrame);
}

TEST_CASE("Of a Join of another version only the version is read") {
  Join other = join();
  other.version = 2;
  other.token = "short";
  const auto read = std::get<Join>(again(FromAgent(other)));
  CHECK(read.version == 2);
  CHECK(read.token.empty());
}

TEST_CASE("A Join with a field out of bounds is malformed") {
  CHECK(complaint_of_join([](Join& m) { m.node.clear(); }) == "a node's name that is none");
  CHECK(complaint_of_join([](Join& m) { m.node = "al\npha"; }) == "a node's name that is none");
  CHECK(complaint_of_join([](Join& m) { m.node.resize(kMaxNodeName + 1, 'a'); }) ==
        "a node's name that is none");
  CHECK(complaint_of_join([](Join& m) { m.token.pop_back(); }) == "a token of the wrong size");
  CHECK(complaint_of_join([](Join& m) { m.boot_id.clear(); }) == "a boot id that is none");
  CHECK(complaint_of_join([](Join& m) { m.held.assign(kMaxLeases + 1, kUdp700); }) ==
        "too many leases");
  CHECK(complaint_of_join([](Join& m) { m.held[0].port = PortNumber(); }) == "a port that is none");
  CHECK(complaint_of_join([](Join& m) { m.held[0].protocol = Protocol::icmp; }) ==
        "a protocol other than TCP and UDP");
  CHECK(complaint_of_join([](Join& m) { m.services[0].name.clear(); }) ==
        "a service's name that is none");
  CHECK(complaint_of_join([](Join& m) { m.services[0].port.port = PortNumber(); }) ==
        "a port that is none");
  CHECK(complaint_of_join([](Join& m) {
          m.services.assign(kMaxServices + 1, m.services.front());
        }) == "too many services");
}

TEST_CASE("RPC programs that no node can have are malformed") {
  using Versions = RpcVersions;
  const auto of_request = [](Versions programs) {
    return complaint(FromAgent(ServiceRequest{1, kUdp700, "quotas", std::move(programs)}));
  };
  for (const RpcVersion& none : {RpcVersion{0, 1}, RpcVersion{1, 0}, RpcVersion{0, 0}}) {
    CHECK(of_request({none}) == "an RPC program that is none");
  }
  for (const Versions& unordered :
       {Versions{{2, 1}, {1, 1}}, Versions{{1, 2}, {1, 1}}, Versions{{1, 1}, {1, 1}}}) {
    CHECK(of_request(unordered) == "RPC programs out of order");
  }
  Versions most;
  for (std::uint32_t version = 1; version <= kMaxPrograms; ++version) most.push_back({1, version});
  CHECK(of_request(most) == "none");
  most.push_back({2, 1});
  CHECK(of_request(most) == "too many RPC programs");
}

TEST_CASE("A Join whose services have more RPC programs than a node may is malformed") {
  CHECK(complaint_of_join([](Join& m) {
          m.services.assign(kMaxServices, m.services.back());
          for (OfferedService& one : m.services) one.programs = {{1, 1}};
        }) == "none");
  CHECK(complaint_of_join([](Join& m) {
          m.services.assign(kMaxServices, m.services.back());
          for (OfferedService& one : m.services) one.programs = {{1, 1}};
          m.services.back().programs.push_back({2, 1});
        }) == "too many RPC programs");
  CHECK(complaint_of_join([](Join& m) {
          m.services[0].programs = {{1, 0}};
        }) == "an RPC program that is none");
}

TEST_CASE("Requests for services, and answers, that cannot be are malformed") {
  CHECK(complaint(FromAgent(ServiceRequest{1, kUdp700, ""})) == "a service's name that is none");
  CHECK(complaint(FromAgent(ServiceRequest{1, kUdp700, "\x1b[2J"})) ==
        "a service's name that is none");
  CHECK(complaint(FromAgent(ServiceRequest{1, {Protocol::icmp, kUdp700.port}, "web"})) ==
        "a protocol other than TCP and UDP");
  CHECK(complaint(FromAgent(ServiceRequest{1, {Protocol::udp, PortNumber()}, "web"})) ==
        "a port that is none");
  CHECK(complaint(FromGateway(ServiceAnswer{1, ServiceResult{0}, ""})) == "an unknown result");
  CHECK(complaint(FromGateway(ServiceAnswer{1, ServiceResult{8}, ""})) == "an unknown result");
  CHECK(complaint(FromGateway(ServiceAnswer{1, ServiceResult::taken, "\x7f"})) ==
        "a node's name that is none");
}

TEST_CASE("A Welcome that loses more than a node can hold is malformed") {
  CHECK(complaint_of_welcome([](Welcome& m) {
          m.lost.assign(kMaxLeases + kMaxServices + 1, kUdp700);
        }) == "too many leases");
}

TEST_CASE("Settings that contradict themselves are malformed") {
  CHECK(complaint_of_settings([](Settings& m) { std::swap(m.slice->first, m.slice->last); }) ==
        "a slice that ends before it begins");
  CHECK(complaint_of_settings([](Settings& m) { m.slice->first = PortNumber(); }) ==
        "a port that is none");
  CHECK(complaint_of_settings([](Settings& m) { m.slice.reset(); }) ==
        "a reserved port outside the slice");
  CHECK(complaint_of_settings([](Settings& m) { std::swap(m.reserved[0], m.reserved[1]); }) ==
        "reserved ports out of order");
  CHECK(complaint_of_settings([](Settings& m) { m.networks[0].network = "\x1b[2J"; }) ==
        "a network's name that is none");
  CHECK(complaint_of_settings([](Settings& m) {
          m.networks.resize(kMaxNetworks + 1, m.networks.front());
        }) == "too many networks");
}

TEST_CASE("A Welcome with times that make no sense is malformed") {
  CHECK(complaint_of_welcome([](Welcome& m) { m.heartbeat = std::chrono::milliseconds(99); }) ==
        "a heartbeat out of range");
  CHECK(complaint_of_welcome([](Welcome& m) { m.heartbeat = std::chrono::minutes(2); }) ==
        "a heartbeat out of range");
  CHECK(complaint_of_welcome([](Welcome& m) { m.fence = m.heartbeat; }) == "a fence out of range");
  CHECK(complaint_of_welcome([](Welcome& m) { m.fence = std::chrono::hours(2); }) ==
        "a fence out of range");
}

TEST_CASE("A Welcome that names no instance of sixteen bytes is malformed") {
  // A Welcome with a heartbeat of 1000 ms, a fence of 15000 ms, and an instance of `size` bytes.
  const auto decode = [](std::size_t size) {
    std::vector<std::uint8_t> body{0x0a, 0, 0x20, 0xe8, 0x07, 0x28, 0x98, 0x75, 0x32};
    body.push_back(static_cast<std::uint8_t>(size));
    body.resize(body.size() + size);
    body[1] = static_cast<std::uint8_t>(body.size() - 2);
    return decode_from_gateway(body);
  };
  CHECK_NOTHROW(decode(kInstanceSize));
  for (const std::size_t size : {0U, 15U, 17U}) {
    CHECK_THROWS_WITH(decode(size), "an instance of the wrong size");
  }
}

TEST_CASE("Host keys that no node can have are malformed") {
  CHECK(complaint_of_host_keys([](HostKeys& m) { m.keys[0].type.clear(); }) ==
        "a type of key that is none");
  CHECK(complaint_of_host_keys([](HostKeys& m) { m.keys[1].type = "ssh-rsa\n"; }) ==
        "a type of key that is none");
  const std::string order = "host keys out of order";
  CHECK(complaint_of_host_keys([](HostKeys& m) { std::swap(m.keys[0], m.keys[1]); }) == order);
  CHECK(complaint_of_host_keys([](HostKeys& m) { m.keys[1] = m.keys[0]; }) == order);
  CHECK(complaint_of_host_keys([](HostKeys& m) {
          m.keys.clear();
          for (char c = 'a'; c <= 'a' + static_cast<char>(kMaxHostKeys); ++c) {
            m.keys.push_back({std::string(1, c), {}});
          }
        }) == "too many host keys");
}

TEST_CASE("Sockets that no node can have are malformed") {
  CHECK(complaint_of_sockets([](Sockets& m) { m.sockets[1].remote_port = PortNumber(); }) ==
        "a port that is none");
  CHECK(complaint_of_sockets([](Sockets& m) { m.sockets[1].port = PortNumber(); }) ==
        "a port that is none");
  CHECK(complaint_of_sockets([](Sockets& m) { m.sockets[1].shown = PortNumber(); }) ==
        "a port that is none");
  CHECK(complaint_of_sockets([](Sockets& m) {
          m.sockets.resize(kMaxSockets + 1, m.sockets.front());
        }) == "too many sockets");
  const std::string unknown = "a state that no connection has";
  CHECK(complaint_of_sockets([](Sockets& m) { m.sockets[0].state = SocketState{0}; }) == unknown);
  CHECK(complaint_of_sockets([](Sockets& m) { m.sockets[0].state = SocketState{7}; }) == unknown);
  CHECK(complaint_of_sockets([](Sockets& m) { m.sockets[0].state = SocketState{10}; }) == unknown);
  CHECK(complaint_of_sockets([](Sockets& m) { m.sockets[0].state = SocketState{12}; }) == unknown);
}

TEST_CASE("Renumberings that cannot be are malformed") {
  CHECK(complaint_of_renumberings([](Renumberings& m) {
          m.claims[0].remote_port = PortNumber();
        }) == "a port that is none");
  CHECK(complaint_of_renumberings([](Renumberings& m) { m.claims[0].port = PortNumber(); }) ==
        "a port that is none");
  CHECK(complaint_of_renumberings([](Renumberings& m) { m.claims[0].shown = PortNumber(); }) ==
        "a port that is none");
  CHECK(complaint_of_renumberings([](Renumberings& m) {
          m.claims.resize(kMaxSockets + 1, m.claims.front());
        }) == "too many claims");
}

TEST_CASE("Refusals and answers that nobody knows are malformed") {
  CHECK(complaint(FromGateway(Refused{RefusalReason{0}, ""})) == "an unknown reason");
  CHECK(complaint(FromGateway(Refused{RefusalReason{7}, ""})) == "an unknown reason");
  CHECK(complaint(FromGateway(Refused{RefusalReason::busy, std::string(kMaxText + 1, 'a')})) ==
        "a text that nobody can read");
  CHECK(complaint(FromGateway(LeaseAnswer{1, LeaseResult{0}, ""})) == "an unknown result");
  CHECK(complaint(FromGateway(LeaseAnswer{1, LeaseResult{6}, ""})) == "an unknown result");
  CHECK(complaint(FromGateway(LeaseAnswer{1, LeaseResult::taken, "\x7f"})) ==
        "a node's name that is none");
}

TEST_CASE("Bytes that are no message are malformed") {
  CHECK_THROWS_AS(decode_from_agent({}), MalformedMessage);
  CHECK_THROWS_AS(decode_from_gateway({}), MalformedMessage);
  const std::string frame = encode(FromAgent(join()));
  const auto body = body_of(frame);
  for (std::size_t length = 1; length < body.size(); ++length) {
    CHECK_THROWS_AS(decode_from_agent(body.first(length)), MalformedMessage);
  }
}

}  // namespace encluster::agent_protocol
