#include "control/neighbours.hpp"

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>

namespace encluster::control {
namespace {

using Key = Neighbours::Key;
using Keys = std::vector<Key>;

/// What the kernel was asked, in order.
struct Requests {
  Keys asked;
  Keys checked;
  Keys forgotten;
};

class FakeTable final : public NeighbourTable {
 public:
  explicit FakeTable(Requests& requests) : requests_(requests) {}
  void ask(Egress egress, Ipv4Address address) noexcept override {
    requests_.asked.emplace_back(egress, address);
  }
  void check(Egress egress, Ipv4Address address) noexcept override {
    requests_.checked.emplace_back(egress, address);
  }
  void forget(Egress egress, Ipv4Address address) noexcept override {
    requests_.forgotten.emplace_back(egress, address);
  }

 private:
  Requests& requests_;
};

struct Fixture {
  explicit Fixture(std::size_t maximum = 4)
      : neighbours(io.get_executor(), std::make_unique<FakeTable>(requests), maximum) {}
  boost::asio::io_context io;
  Requests requests;
  Neighbours neighbours;
};

Key host(std::uint8_t last) { return {0, Ipv4Address(192, 0, 2, last)}; }
Key node(std::uint8_t last) { return {kInterconnect, Ipv4Address(10, 77, 0, last)}; }

void resolve(Fixture& fixture, const Key& key) {
  fixture.neighbours.resolve(key.first, key.second);
}
void note(Fixture& fixture, const Key& key, NeighbourState state) {
  fixture.neighbours.note(key.first, key.second, state);
}

TEST_CASE("the kernel is asked for a next hop once, however often workers need it") {
  Fixture fixture;
  resolve(fixture, host(1));
  resolve(fixture, host(1));
  CHECK(fixture.requests.asked == Keys{host(1)});
}

TEST_CASE("of too many next hops the one not needed for longest gives way") {
  Fixture fixture(2);
  resolve(fixture, host(1));
  resolve(fixture, host(2));
  resolve(fixture, host(1));

  resolve(fixture, host(3));

  CHECK(fixture.requests.forgotten == Keys{host(2)});
  CHECK(fixture.neighbours.size() == 2);
}

TEST_CASE("kept next hops never give way, even if there is room for nothing else") {
  Fixture fixture(2);
  fixture.neighbours.keep({node(11), node(12)});

  resolve(fixture, host(1));

  CHECK(fixture.requests.asked == Keys{node(11), node(12)});
  CHECK(fixture.requests.forgotten.empty());
}

TEST_CASE("a next hop that does not answer is given up, and asked for anew when needed again") {
  Fixture fixture;
  resolve(fixture, host(1));

  note(fixture, host(1), NeighbourState::failed);
  CHECK(fixture.neighbours.size() == 0);
  CHECK(fixture.requests.forgotten == Keys{host(1)});

  resolve(fixture, host(1));
  CHECK(fixture.requests.asked == Keys{host(1), host(1)});
}

TEST_CASE("a kept next hop is never given up") {
  Fixture fixture;
  fixture.neighbours.keep({node(11)});

  note(fixture, node(11), NeighbourState::failed);
  note(fixture, node(11), NeighbourState::gone);

  CHECK(fixture.neighbours.size() == 1);
  CHECK(fixture.requests.forgotten.empty());
}

TEST_CASE("a next hop that may be gone is checked, and kept as it was") {
  Fixture fixture;
  fixture.neighbours.keep({node(11)});
  fixture.neighbours.check(kInterconnect, node(11).second);
  CHECK(fixture.requests.checked == Keys{node(11)});
  CHECK(fixture.requests.asked == Keys{node(11)});
  CHECK(fixture.neighbours.size() == 1);
}

TEST_CASE("what the kernel resolved, or nobody asked for, is left alone") {
  Fixture fixture;
  resolve(fixture, host(1));

  note(fixture, host(1), NeighbourState::resolved);
  note(fixture, host(1), NeighbourState::pending);
  note(fixture, host(2), NeighbourState::failed);

  CHECK(fixture.neighbours.size() == 1);
  CHECK(fixture.requests.forgotten.empty());
}

TEST_CASE("a next hop that workers needed first can be kept later, and let go again") {
  Fixture fixture(1);
  resolve(fixture, host(1));
  fixture.neighbours.keep({host(1)});
  CHECK(fixture.requests.asked == Keys{host(1)});
  resolve(fixture, host(2));
  CHECK(fixture.neighbours.size() == 1);

  fixture.neighbours.keep({});
  resolve(fixture, host(2));

  CHECK(fixture.requests.forgotten == Keys{host(1)});
  CHECK(fixture.requests.asked == Keys{host(1), host(2)});
}

TEST_CASE("twenty steps of the rota ask for every next hop again") {
  Fixture fixture(64);
  Keys expected;
  for (std::uint8_t i = 1; i <= 50; ++i) {
    resolve(fixture, host(i));
    expected.push_back(host(i));
  }
  fixture.requests.asked.clear();

  for (int step = 0; step < 20; ++step) fixture.neighbours.refresh();

  Keys asked = fixture.requests.asked;
  CHECK(asked.size() <= 60);
  std::ranges::sort(asked);
  asked.erase(std::unique(asked.begin(), asked.end()), asked.end());
  CHECK(asked == expected);
}

TEST_CASE("a step of the rota without next hops asks for nothing") {
  Fixture fixture;
  fixture.neighbours.refresh();
  CHECK(fixture.requests.asked.empty());
}

}  // namespace
}  // namespace encluster::control
