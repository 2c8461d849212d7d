#include "control/health_checks.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <catch2/catch.hpp>

#include "root/control/private_namespace.hpp"

namespace encluster::control {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using namespace std::chrono_literals;

/// A service on the loopback interface that accepts by the kernel alone.
class Service {
 public:
  explicit Service(asio::io_context& io) : acceptor_(io, {asio::ip::address_v4::loopback(), 0}) {}

  [[nodiscard]] CheckTarget target() const {
    return {.node = NodeId(1),
            .address = Ipv4Address(127, 0, 0, 1),
            .port = PortNumber(acceptor_.local_endpoint().port()),
            .service = "test",
            .check = {.interval = 1ms, .timeout = 5s, .fall = 1, .rise = 1}};
  }
  void end() { acceptor_.close(); }

 private:
  tcp::acceptor acceptor_;
};

struct Fixture {
  test::PrivateNamespace apart;
  asio::io_context io;
  std::vector<bool> results;
  HealthChecks checks{io.get_executor(),
                      [this](const CheckTarget&, bool connected) { results.push_back(connected); }};

  void run_until_results(std::size_t count) {
    while (results.size() < count) io.run_one_for(10s);
  }
};

TEST_CASE("a service that accepts passes its checks, again and again") {
  Fixture fixture;
  const Service service(fixture.io);
  fixture.checks.watch({service.target()});
  fixture.run_until_results(3);
  CHECK(fixture.results == std::vector<bool>{true, true, true});
}

TEST_CASE("a service that has ended fails its checks") {
  Fixture fixture;
  Service service(fixture.io);
  const CheckTarget target = service.target();
  service.end();
  fixture.checks.watch({target});
  fixture.run_until_results(2);
  CHECK(fixture.results == std::vector<bool>{false, false});
}

TEST_CASE("an attempt that takes longer than its time-out has failed") {
  Fixture fixture;
  tcp::acceptor busy(fixture.io, tcp::v4());
  busy.bind({asio::ip::address_v4::loopback(), 0});
  busy.listen(0);
  // One waiting connection fills the queue: the kernel leaves further SYNs without an answer.
  tcp::socket waiting(fixture.io);
  waiting.connect(busy.local_endpoint());
  fixture.checks.watch({{.node = NodeId(1),
                         .address = Ipv4Address(127, 0, 0, 1),
                         .port = PortNumber(busy.local_endpoint().port()),
                         .service = "busy",
                         .check = {.interval = 5ms, .timeout = 5ms, .fall = 1, .rise = 1}}});

  fixture.run_until_results(2);

  CHECK(fixture.results == std::vector<bool>{false, false});
}

TEST_CASE("a check that is watched no longer reports nothing more") {
  Fixture fixture;
  const Service service(fixture.io);
  fixture.checks.watch({service.target()});
  fixture.checks.watch({});
  fixture.io.run();
  CHECK(fixture.results.empty());
}

TEST_CASE("checks may end while an attempt is under way") {
  const test::PrivateNamespace apart;
  asio::io_context io;
  const Service service(io);
  int results = 0;
  {
    HealthChecks checks(io.get_executor(), [&](const CheckTarget&, bool) { ++results; });
    checks.watch({service.target()});
  }
  io.run();
  CHECK(results == 0);
}

}  // namespace
}  // namespace encluster::control
