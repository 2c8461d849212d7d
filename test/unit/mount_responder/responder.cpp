#include "mount_responder/responder.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>
#include <memory>

#include "support/rpc.hpp"

namespace encluster::mount_responder {
namespace {

using boost::asio::ip::udp;
using test::rpc_call;
using test::rpc_reply;
using test::Xdr;
using namespace std::chrono_literals;

constexpr std::uint32_t kProgram = 100005;
constexpr std::uint32_t kDump = 2;
constexpr std::uint32_t kExport = 5;
constexpr Ipv4Address kGatewayInside(127, 0, 0, 1);
constexpr Ipv4Address kAlphaAddress(127, 0, 0, 11);
constexpr Ipv4Address kBetaAddress(127, 0, 0, 12);
constexpr Ipv4Address kClusterAddress(127, 0, 1, 1);
constexpr NodeId kAlpha(1);
constexpr NodeId kBeta(2);

udp::endpoint at(Ipv4Address address, std::uint16_t port = 0) {
  return {boost::asio::ip::address_v4(address.value()), port};
}

/// A socket whose datagrams are kept as they come.
class Peer {
 public:
  Peer(boost::asio::io_context& io, Ipv4Address address) : socket_(io, at(address)) { receive(); }

  [[nodiscard]] PortNumber port() const { return PortNumber(socket_.local_endpoint().port()); }
  void send(const test::Bytes& bytes, const udp::endpoint& to) {
    socket_.send_to(boost::asio::buffer(bytes), to);
  }

  std::vector<std::pair<udp::endpoint, test::Bytes>> got;
  std::function<void(const udp::endpoint&, const test::Bytes&)> hear = [](auto&, auto&) {};

 private:
  void receive() {
    socket_.async_receive_from(boost::asio::buffer(buffer_), from_, [this](auto error, auto size) {
      if (error) return;
      got.emplace_back(from_, test::Bytes(buffer_.begin(), buffer_.begin() + size));
      hear(got.back().first, got.back().second);
      receive();
    });
  }

  udp::socket socket_;
  udp::endpoint from_;
  std::array<std::byte, 65536> buffer_;
};

/// Answers DUMP as it is told to.
class FakeMountd : public Peer {
 public:
  using Peer::Peer;

  /// What follows the transaction's number.
  void answer_by(const Xdr& reply) {
    hear = [this, bytes = reply.bytes()](const udp::endpoint& from, const test::Bytes& call) {
      test::Bytes answer = bytes;
      std::copy_n(call.begin(), 4, answer.begin());
      send(answer, from);
    };
  }
};

Xdr one_mount(const std::string& remote, const std::string& directory) {
  return rpc_reply(0).number(1).variable(remote).variable(directory).number(0);
}

struct Fixture {
  boost::asio::io_context io;
  FakeMountd alpha{io, kAlphaAddress};
  FakeMountd beta{io, kBetaAddress};
  Peer remote{io, Ipv4Address(127, 0, 2, 7)};
  switching::ClusterState state = cluster();
  std::string lines;
  control::Logger log{{.write = [this](const std::string& line) { lines += line; },
                       .now = [] { return control::LogSettings::Clock::now(); }}};
  Collector::Limits limits{.fresh = 1h, .waiting = 2, .round = {.again = 100ms, .times = 2}};
  std::optional<Responder> responder;

  [[nodiscard]] switching::ClusterState cluster() const {
    switching::ClusterState made;
    made.interconnect.address = {kGatewayInside, 24};
    made.nodes = {{"alpha", kAlpha, kAlphaAddress}, {"beta", kBeta, kBetaAddress}};
    made.nodes[0].mount_port = alpha.port();
    made.nodes[1].mount_port = beta.port();
    made.exports = {{.path = "/export/beta", .node = kBeta, .keys = {}, .clients = {}},
                    {.path = "/export/alpha",
                     .node = kAlpha,
                     .keys = {},
                     .clients = {{Ipv4Address(192, 0, 2, 0), 24}}}};
    return made;
  }
  void start() {
    responder.emplace(
        io.get_executor(), [this]() -> const switching::ClusterState& { return state; }, limits,
        log);
  }
  udp::endpoint cluster_address() {
    if (!responder) start();
    return at(kClusterAddress, responder->port().value());
  }
  void ask(const test::Bytes& call) { remote.send(call, cluster_address()); }
  void ask(std::uint32_t procedure) { ask(rpc_call(kProgram, 3, procedure).bytes()); }
  /// Until the condition holds, or for ten seconds.
  template <typename Condition>
  void run_until(Condition holds) {
    const auto end = std::chrono::steady_clock::now() + 10s;
    while (!holds() && std::chrono::steady_clock::now() < end) io.run_one_for(1s);
    REQUIRE(holds());
  }
  /// The answer to the only call that is under way.
  test::Bytes answer() {
    run_until([&] { return !remote.got.empty(); });
    CHECK(remote.got.front().first == cluster_address());
    test::Bytes bytes = std::move(remote.got.front().second);
    remote.got.erase(remote.got.begin());
    return bytes;
  }
  [[nodiscard]] bool logged(const std::string& part) const {
    return lines.find(part) != std::string::npos;
  }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "EXPORT tells the cluster's exports, from the address that was asked") {
  ask(kExport);
  Xdr list = rpc_reply(0);
  list.number(1).variable("/export/alpha").number(1).variable("192.0.2.0/24").number(0);
  list.number(1).variable("/export/beta").number(0).number(0);
  CHECK(answer() == list.bytes());
  CHECK(responder->counts().answered == 1);
}

TEST_CASE_METHOD(Fixture, "exports that have changed are told at once") {
  ask(kExport);
  CHECK(answer().size() == 100);
  state.exports.clear();
  ask(kExport);
  CHECK(answer() == rpc_reply(0).number(0).bytes());
}

TEST_CASE_METHOD(Fixture, "a list of thousands of bytes is told whole") {
  state.exports.clear();
  Xdr list = rpc_reply(0);
  for (int i = 1000; i < 2000; ++i) {
    const std::string path = "/export/a-rather-long-name/" + std::to_string(i);
    state.exports.push_back({.path = path, .node = kAlpha});
    list.number(1).variable(path).number(0);
  }
  list.number(0);
  ask(kExport);
  CHECK(answer() == list.bytes());
}

TEST_CASE_METHOD(Fixture, "a list that no datagram holds is an error, not a part of it") {
  state.exports.clear();
  for (int i = 0; i < 100; ++i) {
    state.exports.push_back(
        {.path = '/' + std::to_string(i) + std::string(1000, 'x'), .node = kAlpha});
  }
  ask(kExport);
  CHECK(answer() == rpc_reply(5).bytes());
  CHECK(responder->counts().too_long == 1);
  CHECK(logged("event=mount_list_too_long list=exports"));
}

TEST_CASE_METHOD(Fixture, "NULL is answered, and other procedures are not there") {
  ask(0U);
  CHECK(answer() == rpc_reply(0).bytes());
  ask(1U);
  CHECK(answer() == rpc_reply(3).bytes());
}

TEST_CASE_METHOD(Fixture, "what is no call gets no answer") {
  ask(test::Bytes());
  ask(rpc_reply(0).bytes());
  ask(test::Bytes(3000));
  ask(0U);
  CHECK(answer() == rpc_reply(0).bytes());
  CHECK(remote.got.empty());
  CHECK(responder->counts().garbage == 3);
}

TEST_CASE_METHOD(Fixture, "DUMP tells what all nodes tell, and asks them once for all who wait") {
  alpha.answer_by(one_mount("client", "/export/alpha"));
  beta.answer_by(one_mount("client", "/export/beta"));
  Peer other{io, Ipv4Address(127, 0, 2, 8)};
  ask(kDump);
  other.send(rpc_call(kProgram, 1, kDump).bytes(), cluster_address());
  Xdr list = rpc_reply(0);
  list.number(1).variable("client").variable("/export/alpha");
  list.number(1).variable("client").variable("/export/beta").number(0);
  CHECK(answer() == list.bytes());
  run_until([&] { return !other.got.empty(); });
  CHECK(other.got.front().second == list.bytes());
  ask(kDump);  // it is fresh
  CHECK(answer() == list.bytes());
  CHECK(alpha.got.size() == 1);
  CHECK(beta.got.size() == 1);
  CHECK(lines.empty());
}

TEST_CASE_METHOD(Fixture, "a list that is not fresh any more is asked for again") {
  limits.fresh = 0ms;
  alpha.answer_by(one_mount("client", "/export/alpha"));
  beta.answer_by(rpc_reply(0).number(0));
  ask(kDump);
  CHECK(answer() == one_mount("client", "/export/alpha").bytes());
  alpha.answer_by(rpc_reply(0).number(0));
  ask(kDump);
  CHECK(answer() == rpc_reply(0).number(0).bytes());
  CHECK(alpha.got.size() == 2);
}

TEST_CASE_METHOD(Fixture, "a node that does not answer is left out, and logged until it does") {
  limits.fresh = 0ms;
  alpha.answer_by(one_mount("client", "/export/alpha"));
  for (int i = 0; i < 2; ++i) {
    ask(kDump);
    CHECK(answer() == one_mount("client", "/export/alpha").bytes());
  }
  CHECK(beta.got.size() == 4);  // two calls in each of two rounds
  CHECK(lines ==
        "level=warning event=mounts_unknown node=beta problem=\"its mountd does not answer\"\n");
  beta.answer_by(rpc_reply(0).number(0));
  ask(kDump);
  CHECK(answer() == one_mount("client", "/export/alpha").bytes());
  CHECK(logged("level=info event=mounts_known node=beta"));
}

TEST_CASE_METHOD(Fixture, "answers that lie are left out") {
  alpha.answer_by(rpc_reply(0).number(1).number(0xffffffff));
  beta.answer_by(one_mount("client", "/export/alpha"));  // another's
  ask(kDump);
  CHECK(answer() == rpc_reply(0).number(0).bytes());
  CHECK(logged("event=mounts_unknown node=alpha problem=\"its answer is no list\""));
}

TEST_CASE_METHOD(Fixture, "only who was asked can answer, with the number of its call") {
  beta.answer_by(rpc_reply(0).number(0));
  alpha.hear = [&](const udp::endpoint& from, const test::Bytes& call) {
    test::Bytes forged = one_mount("forged", "/export/alpha").bytes();
    alpha.send(forged, from);  // another transaction's
    std::copy_n(call.begin(), 4, forged.begin());
    remote.send(forged, from);  // somebody else's
    test::Bytes genuine = one_mount("client", "/export/alpha").bytes();
    std::copy_n(call.begin(), 4, genuine.begin());
    alpha.send(genuine, from);
    alpha.send(forged, from);  // the second one
  };
  ask(kDump);
  CHECK(answer() == one_mount("client", "/export/alpha").bytes());
}

TEST_CASE_METHOD(Fixture, "without exports nobody is asked, and the list is empty") {
  state.exports.clear();
  ask(kDump);
  CHECK(answer() == rpc_reply(0).number(0).bytes());
  CHECK(alpha.got.empty());
}

TEST_CASE_METHOD(Fixture, "the same call again, and more than may wait, are dropped and counted") {
  beta.answer_by(rpc_reply(0).number(0));
  ask(kDump);
  ask(kDump);
  Peer second{io, Ipv4Address(127, 0, 2, 8)};
  Peer third{io, Ipv4Address(127, 0, 2, 9)};
  second.send(rpc_call(kProgram, 3, kDump).bytes(), cluster_address());
  third.send(rpc_call(kProgram, 3, kDump).bytes(), cluster_address());
  CHECK(answer() == rpc_reply(0).number(0).bytes());
  run_until([&] { return !second.got.empty(); });
  CHECK(remote.got.empty());
  CHECK(third.got.empty());
  CHECK(responder->counts().repeated == 1);
  CHECK(responder->counts().rate_limited == 1);
  CHECK(responder->counts().answered == 2);
}

TEST_CASE_METHOD(Fixture, "a remote that asks too often is dropped, and counted") {
  for (unsigned i = 0; i < 3 * AnswerRates::kCallsOfRemote; ++i) ask(kExport);
  run_until([&] {
    return responder->counts().answered + responder->counts().rate_limited ==
           3 * AnswerRates::kCallsOfRemote;
  });
  CHECK(responder->counts().rate_limited > 0);
  CHECK(logged("event=mount_rate_limited remote=127.0.2.7"));
}

TEST_CASE_METHOD(Fixture, "a responder that ends while nodes are asked leaves nothing behind") {
  ask(kDump);
  run_until([&] { return !alpha.got.empty(); });
  responder.reset();
  io.run_for(300ms);
  CHECK(remote.got.empty());
}

TEST_CASE("whom to ask: nodes that have exports, each once, at its mountd's port") {
  switching::ClusterState state;
  state.interconnect.address = {Ipv4Address(10, 77, 0, 1), 24};
  state.nodes = {{"alpha", kAlpha, Ipv4Address(10, 77, 0, 11)},
                 {"beta", kBeta, Ipv4Address(10, 77, 0, 12)},
                 {"gamma", NodeId(3), Ipv4Address(10, 77, 0, 13)}};
  state.nodes[1].mount_port = PortNumber(std::uint16_t{892});
  ServiceConfig service;
  service.plugin = "mount";
  service.port = PortNumber(std::uint16_t{20048});
  state.services = {service};
  state.exports = {{.path = "/b", .node = kBeta},
                   {.path = "/a", .node = kAlpha},
                   {.path = "/b/more", .node = kBeta},
                   {.path = "/own", .node = kGateway},
                   {.path = "/gone", .node = NodeId(9)}};
  const auto mountds = mountds_of(state);
  REQUIRE(mountds.size() == 3);
  CHECK(mountds[0].address == Ipv4Address(10, 77, 0, 1));
  CHECK(mountds[0].port.value() == 20048);
  CHECK(mountds[1].address == Ipv4Address(10, 77, 0, 11));
  CHECK(mountds[1].port.value() == 20048);
  CHECK(mountds[2].node == kBeta);
  CHECK(mountds[2].port.value() == 892);
}

}  // namespace encluster::mount_responder
