// Writes the inputs that fuzzing starts from: fuzz_seeds DIRECTORY makes DIRECTORY/TARGET/NAME of
// packets and stories as the scenarios have them, and of configurations.
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "agent_protocol/codec.hpp"
#include "agent_protocol/frame.hpp"
#include "fuzz/rpc_seeds.hpp"
#include "fuzz/story.hpp"
#include "replay/pcapng_writer.hpp"
#include "support/packet_builder.hpp"

using namespace encluster;
using namespace encluster::fuzz;
using namespace encluster::test;

namespace {

std::filesystem::path directory;

void write(const char* target, const std::string& name, std::string_view bytes) {
  std::filesystem::create_directories(directory / target);
  std::ofstream file(directory / target / name, std::ios::binary);
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  if (!file) throw std::runtime_error("cannot write " + name);
}

std::string text_of(const Frame& frame) {
  const auto bytes = frame.bytes();
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::string word(std::size_t value) {
  return {static_cast<char>(value >> 8), static_cast<char>(value)};
}

/// Sides as in story_packet.cpp.
enum Side : char { outside, inside, kernel, kernel_inside, outside_two };

/// Tells a story: see story.hpp.
class Teller {
 public:
  explicit Teller(unsigned toggles = 0, unsigned verdict = 0)
      : story_{static_cast<char>(toggles), static_cast<char>(verdict)} {}

  Teller& frame(Side side, const PacketBuilder& packet, unsigned options = 0) {
    const std::string bytes = text_of(packet.build());
    act(Act::frame);
    story_ += {static_cast<char>(side), static_cast<char>(options)};
    story_ += word(bytes.size()) + bytes;
    return *this;
  }
  Teller& time(unsigned choice) { return act(Act::time, choice); }
  Teller& toggle(Toggle toggle) { return act(Act::toggle, static_cast<unsigned>(toggle)); }
  Teller& reset(unsigned node) { return act(Act::reset, node); }
  Teller& buffers() { return act(Act::buffers); }
  Teller& bytes(std::string_view raw) {
    story_ += raw;
    return *this;
  }
  void end(const std::string& name) { write("pipeline", name, story_); }

 private:
  Teller& act(Act act) {
    story_ += static_cast<char>(act);
    return *this;
  }
  Teller& act(Act act, unsigned operand) {
    this->act(act);
    story_ += static_cast<char>(operand);
    return *this;
  }

  std::string story_;
};

constexpr std::uint16_t kAny = 1023;

PacketBuilder to_service(std::uint16_t port, std::uint16_t from = kAny) {
  return tcp().from(kRemote, from).to(kCluster, port).seq(99);
}

PacketBuilder out(Ipv4Address node, std::uint16_t from, Ipv4Address to, std::uint16_t port) {
  return tcp().from(node, from).to(to, port).seq(99);
}

void logins() {
  const auto back = [] { return tcp().from(kAlpha, 513).to(kRemote, kAny); };
  Teller whole;
  whole.frame(outside, to_service(513).syn())
      .frame(inside, back().syn().ack(100))
      .frame(outside, to_service(513).seq(100).ack(1))
      .frame(outside, to_service(513).seq(100).ack(1).payload("guest"));
  Teller(whole)
      .frame(outside, to_service(513).fin().ack())
      .frame(inside, back().fin().ack())
      .time(4)
      .frame(outside, to_service(513).syn())
      .end("login");
  Teller(whole)
      .frame(outside, to_service(513).rst())
      .time(15)
      .time(15)
      .frame(inside, back().rst())
      .time(15)
      .end("reset-by-remote");
  Teller(whole).time(0xff).time(3).frame(inside, back().ack()).end("idle-login");
  Teller(whole).reset(1).frame(inside, back().ack()).end("node-reset");
  Teller(whole)
      .toggle(Toggle::alpha_removed)
      .frame(outside, to_service(513).ack())
      .end("node-removed");
  Teller flood;
  for (std::uint16_t port = 1; port < 10; ++port)
    flood.frame(outside, to_service(513, port).syn(), 1);
  flood.time(8).end("syn-burst");
}

void claims() {
  Teller collision;
  collision.frame(inside, out(kAlpha, kAny, kRemote, 514).syn())
      .frame(inside, out(kBeta, kAny, kRemote, 514).syn())
      .frame(outside, tcp().from(kRemote, 514).to(kCluster, 1022).syn().ack(100))
      .frame(inside, out(kBeta, kAny, kRemote, 514).seq(100).ack(1))
      .frame(inside, out(kGamma, kAny, kRemote, 514).seq(100).ack(1));
  Teller(collision).end("claim-collision");
  Teller(collision)
      .time(0xc0)
      .time(15)
      .frame(inside, out(kBeta, kAny, kRemote, 514).syn())
      .end("claim-expired");
  Teller()
      .frame(inside, out(kAlpha, kGammaSlice, kRemote, 80).syn())
      .frame(inside, udp().from(kAlpha, kBetaSlice).to(kRemote, 53).payload("q"))
      .frame(inside, out(kAlpha, 5432, kRemote, 80).syn())
      .end("foreign-ports");
  Teller()
      .frame(inside, udp().from(kAlpha, 5000).to(kFarRemote, 53))
      .frame(inside, udp().from(kBeta, 5000).to(kFarRemote, 53))
      .frame(outside, udp().from(kFarRemote, 53).to(kCluster, 5000))
      .time(0xc1)
      .end("udp-learning");
  Teller()
      .frame(inside, icmp_echo_request().from(kAlpha).to(kRemote).identifier(7))
      .frame(inside, icmp_echo_request().from(kBeta).to(kRemote).identifier(7))
      .frame(outside, icmp_echo_reply().from(kRemote).to(kCluster).identifier(6))
      .end("echo");
}

void second_connections() {
  const auto rsh = [](Ipv4Address node, Ipv4Address to) { return out(node, kAny, to, 514); };
  for (const Ipv4Address to : {kRemote, kCluster}) {
    Teller story;
    for (const Ipv4Address node : {kAlpha, kBeta}) {
      const std::uint16_t port = node == kAlpha ? 1023 : 1021;
      story.frame(inside, out(node, port, to, 514).syn())
          .frame(inside, out(node, port, to, 514).seq(100).ack(1).payload("1022\0"));
    }
    story.frame(outside, tcp().from(kRemote, 1000).to(kCluster, 1022).syn())
        .frame(inside, out(kGamma, 1000, kCluster, 1022).syn())
        .frame(outside, tcp().from(kRemote, 1000).to(kCluster, 1023).syn())
        .time(0xc0)
        .end(to == kRemote ? "rsh" : "rsh-hairpin");
  }
  Teller()
      .frame(inside, rsh(kAlpha, kRemote).syn())
      .frame(inside, rsh(kAlpha, kRemote).seq(100).ack(1).payload("no number"))
      .end("rsh-no-number");
}

void hairpins() {
  Teller()
      .frame(inside, out(kAlpha, kAlphaSlice, kCluster, 513).syn())
      .frame(inside, out(kAlpha, 513, kCluster, kAlphaSlice).syn().ack(100))
      .frame(inside, out(kBeta, 1000, kCluster, 80).syn())
      .frame(kernel_inside, tcp().from(kCluster, 80).to(kBeta, 1000).syn().ack(1))
      .frame(inside, out(kBeta, 5000, kCluster, kGammaSlice).syn())
      .frame(inside, udp().from(kBeta, 5000).to(kCluster, kHoldingPort))
      .frame(inside, icmp_echo_request().from(kBeta).to(kCluster).identifier(7))
      .end("hairpin");
}

void local() {
  const auto quoted = udp().from(kRemote, 53).to(kCluster, 5000).build();
  Teller()
      .frame(outside, to_service(8080).syn())
      .frame(kernel, tcp().from(kCluster, 8080).to(kRemote, kAny).syn().ack(1))
      .frame(kernel, tcp().from(kCluster, kAny).to(kRemote, 514).syn())
      .frame(inside, out(kAlpha, kAny, kRemote, 514).syn())
      .frame(kernel, udp().from(kCluster, kAlphaSlice).to(kRemote, 53))
      .frame(kernel, icmp_error(3, 3, quoted).from(kCluster).to(kRemote))
      .frame(outside, icmp_error(3, 3, quoted).from(kRouter).to(kCluster))
      .frame(inside, icmp_error(3, 3, quoted).from(kAlpha).to(kRemote))
      .end("local");
  Teller()
      .frame(outside, arp_request().from(kRemote).to(kCluster))
      .frame(outside, arp_request().from(kRemote).to(kInside))
      .frame(kernel, arp_reply().from(kCluster).to(kRemote))
      .frame(inside, arp_request().from(kAlpha).to(kInside))
      .frame(kernel, other_protocol(112).from(kCluster).to(Ipv4Address(224, 0, 0, 18)))
      .frame(inside,
             udp().from(kAlpha, 5000).to(kRemote, 53).payload("0123456789").fragment(0, true, 8))
      .end("arp-and-others");
}

void next_hops() {
  Teller story(1U << static_cast<unsigned>(Toggle::router_unresolved));
  for (std::uint16_t port = 1; port < 12; ++port) {
    story.frame(inside,
                out(kAlpha, static_cast<std::uint16_t>(kAlphaSlice + port), kFarRemote, 80).syn());
  }
  Teller(story).toggle(Toggle::router_unresolved).time(1).end("resolved");
  Teller(story).time(4).end("unresolved");
  for (unsigned verdict = 0; verdict < 10; ++verdict) {
    Teller().bytes("").end("empty");
    Teller(2, verdict)
        .toggle(Toggle::beta_down)
        .frame(outside, udp().from(kRemote, 700).to(kCluster, kHoldingPort).payload("call"), 1)
        .frame(outside, udp().from(kRemote, 701).to(kCluster, kHoldingPort).payload("call"))
        .frame(inside, udp().from(kAlpha, 702).to(kCluster, kHoldingPort).payload("call"))
        .toggle(Toggle::beta_down)
        .time(1)
        .buffers()
        .frame(outside, tcp().from(kRemote, 700).to(kCluster, kRenumberPort).syn())
        .time(4)
        .end("verdict-" + std::to_string(verdict));
  }
  Teller(1)
      .frame(outside_two, tcp().from(kSecondRemote, 9).to(kSecondCluster, 513).syn())
      .frame(outside, tcp().from(kSecondRemote, 9).to(kCluster, 513).syn())
      .frame(inside, out(kAlpha, kAny, kSecondRemote, 514).syn())
      .end("two-networks");
}

/// The same messages by choices (story_packet.hpp) from every side.
void choices() {
  for (char side = 0; side < static_cast<char>(kSides); ++side) {
    for (char kind = 0; kind < 9; ++kind) {
      const std::string message{static_cast<char>(Act::message), side, 0, kind, 0, 0, 3, 1, 2, 0};
      const std::string again{static_cast<char>(Act::message), side, 0, kind, 1, 0, 3, 1, 0x10, 2};
      Teller(1).bytes(message).bytes(again).end("choice-" + std::to_string(side * 10 + kind));
    }
  }
}

void packets() {
  const auto quoted = udp().from(kCluster, 5000).to(kRemote, 53).build();
  const std::vector<PacketBuilder> builders{
      to_service(513).syn().tcp_options({2, 4, 5, 180}),
      to_service(513).ack(1).payload("1022\0root\0"),
      udp().from(kRemote, 53).to(kCluster, 5000).payload("answer"),
      udp().from(kRemote, 53).to(kCluster, 5000).no_udp_checksum(),
      icmp_echo_request().from(kRemote).to(kCluster).identifier(7),
      icmp_echo_reply().from(kRemote).to(kCluster).identifier(0),
      icmp_error(3, 4, quoted).from(kRouter).to(kCluster),
      arp_request().from(kRemote).to(kCluster),
      other_protocol(112).from(kRouter).to(Ipv4Address(224, 0, 0, 18)),
      udp().from(kRemote, 53).to(kCluster, 5000).payload("0123456789").fragment(8, false),
      to_service(513).syn().ip_options({7, 7, 4, 0, 0, 0, 0}).padding(6),
      to_service(513).syn().ether_type(0x86dd),
  };
  const std::string operands{1, 4, 10, 77, 0, 11, 2, 1};
  for (std::size_t i = 0; i < builders.size(); ++i) {
    for (char act = 0; act < 6; ++act) {
      write("parse", std::to_string(i) + "-" + std::to_string(act),
            act + operands.substr(1) + text_of(builders[i].build()));
    }
  }
}

void announcements() {
  using std::string_view_literals::operator""sv;
  for (const auto text : {"1022\0root\0"sv, "1\0"sv, "65535\0"sv, "65536\0"sv, "0\0"sv, "01\0"sv}) {
    write("announcements", std::to_string(text.size()) + std::string(text.substr(0, 1)), text);
  }
  write("announcements", "story", "\0\0\1\0\0\1\0\1\0\0\1\2\0\1\0\1\3\0\1\0\0\4\1\1\1\0\100"sv);
}

void configurations() {
  constexpr std::string_view kSmall =
      "cluster: {name: demo}\n"
      "networks: [{name: campus, device: d0, address: 192.0.2.1/24}]\n"
      "interconnect: {device: d1, address: 10.77.0.1/24}\n"
      "nodes: [{name: alpha, id: 1, address: 10.77.0.11}]\n";
  write("configuration", "small", kSmall);
  for (const std::string_view more :
       {"services: [{name: a, port: 1/tcp, plugin: login, nodes: [alpha, gateway]}]",
        "services: [{name: a, port: 5432/tcp, node: alpha, check: {fall: 2}}]",
        "ports: {first: 20000, last: 60000, slice: 1024}", "workers: &w [*w]",
        "exports: [{path: /a/b, node: alpha}]", "rest: {listen: 1.2.3.4:5, token_file: t}"}) {
    write("configuration", std::string(more.substr(0, 5)) + std::to_string(more.size()),
          std::string(kSmall) + std::string(more) + "\n");
  }
}

void quotes() {
  const std::string operands{0, 1, 10, 77, 0, 11, 2, 1};
  const auto whole = [&](const PacketBuilder& quoted, const std::string& name) {
    for (char act = 0; act < 3; ++act) {
      write("icmp_quote", name + std::to_string(act),
            act + operands.substr(1) + text_of(quoted.build()).substr(14));
    }
  };
  whole(tcp().from(kCluster, 24576).to(kRemote, 80).ack(1).payload("data"), "tcp");
  whole(udp().from(kCluster, 24576).to(kRemote, 53).payload("query"), "udp");
  whole(icmp_echo_request().from(kCluster).to(kRemote).identifier(7), "echo");
  whole(udp().from(kCluster, 1).to(kRemote, 2).ip_options({7, 7, 8, 10, 77, 0, 11}), "options");
}

void fragments() {
  using std::string_view_literals::operator""sv;
  write("fragments", "in order", "\0\0\20\1\0\1\0\2\20\0\0\1\1\0\1\2\1"sv);
  write("fragments", "reversed", "\0\2\20\0\0\1\0\0\20\1\0\1\1\0\1\2\1\2\3\2\3"sv);
  write("fragments", "overlap", "\0\1\20\1\0\1\0\2\20\1\0\1\0\2\30\1\0\1\2\1"sv);
}

void captures() {
  std::ostringstream file;
  replay::PcapngWriter writer(file, "seeds");
  for (const char* name : {"ext0", "int0"}) writer.add_interface(name);
  const Frame frame = tcp().from(kRemote, 1023).to(kCluster, 513).syn().build();
  writer.write(0, 1'700'000'000'000'000'000, frame.bytes(), 60, "");
  writer.write(1, 1'700'000'001'000'000'000, frame.bytes().first(40), 60, "forward");
  write("replay", "two interfaces", file.str());
}

void agent_messages() {
  using namespace agent_protocol;
  const LeasedPort port{Protocol::udp, PortNumber(std::uint16_t{700})};
  const Settings settings{.slice = PortRange{PortNumber(kAlphaSlice), PortNumber(kBetaSlice)},
                          .reserved = {PortNumber(kAlphaSlice)},
                          .networks = {{"campus", kCluster}}};
  const Join join{.node = "alpha",
                  .token = std::string(kTokenSize, 't'),
                  .boot_id = std::string(36, 'b'),
                  .held = {port},
                  .services = {{.port = port, .name = "web", .held = true},
                               {.port = port, .name = "quotas", .programs = {{100'011, 2}}}}};
  const Welcome welcome{.epoch = 1,
                        .settings = settings,
                        .lost = {port},
                        .heartbeat = std::chrono::seconds(1),
                        .fence = std::chrono::seconds(15),
                        .services = true};
  const PortNumber service(std::uint16_t{513}), privileged(std::uint16_t{1023});
  const Sockets sockets{
      .sockets = {{kRemote, privileged, service, service, SocketState::time_wait}}, .last = true};
  const Renumberings renumberings{{{kRemote, service, privileged, PortNumber(kAlphaSlice)}}};
  const std::vector<std::string> frames{
      encode(FromAgent(join)),
      encode(FromAgent(LeaseRequest{1, port})),
      encode(FromAgent(LeaseRelease{port})),
      encode(FromAgent(Heartbeat{1, 100})),
      encode(FromGateway(welcome)),
      encode(FromGateway(settings)),
      encode(FromGateway(Refused{RefusalReason::busy, "later"})),
      encode(FromGateway(LeaseAnswer{1, LeaseResult::taken, "beta"})),
      encode(FromGateway(HeartbeatAnswer{1})),
      encode(FromAgent(sockets)),
      encode(FromAgent(HostKeys{{{"ssh-ed25519", {1}}, {"ssh-rsa", {2}}}})),
      encode(FromGateway(renumberings)),
      encode(FromAgent(ServiceRequest{1, port, "quotas", {{100'011, 1}, {100'011, 2}}})),
      encode(FromAgent(Exports{port.port, {{"/a", {{"/a", {}, 7}}}}})),
      encode(FromGateway(Tree{{{"/a", "alpha", Ipv4Address(10, 77, 0, 11)}}, true})),
      encode(FromGateway(ExportsAnswer{{{"/a", ExportRefusal::key_taken, "beta", "/b"}}})),
      encode(FromGateway(ServiceAnswer{1, ServiceResult::program_taken, "beta", true}))};
  for (std::size_t i = 0; i < frames.size(); ++i) {
    write("agent_messages", std::to_string(i), std::string_view(frames[i]).substr(kFrameHeader));
  }
}

/// Method and type as in rest.cpp.
void rest_requests() {
  write("rest", "status", "\x1/v1/status");
  write("rest", "node", std::string_view("\0/v1/nodes/%61lpha", 18));
  write("rest", "connections", "\x1/v1/connections?limit=10&cursor=1-2");
  write("rest", "change", "\x2/v1/nodes/alpha\n{\"weight\": 3, \"draining\": null}");
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: fuzz_seeds DIRECTORY\n";
    return 2;
  }
  directory = argv[1];
  for (auto* const seeds : {logins, claims, second_connections, hairpins, local, next_hops, choices,
                            packets, announcements, configurations, quotes, fragments, captures,
                            agent_messages, rest_requests}) {
    seeds();
  }
  rpc_calls([](auto... seed) { write(seed...); });
  return 0;
}
