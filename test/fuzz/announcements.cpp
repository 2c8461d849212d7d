// The port that an rsh announces, read from a payload and written back; and the bounded store of
// announcements, driven by the same bytes.
#include "switching/announcements.hpp"

#include <array>
#include <string>
#include <vector>

#include "fuzz/finding.hpp"
#include "fuzz/input.hpp"

using namespace encluster;
using namespace encluster::fuzz;
using switching::Announcements;
using switching::AnnouncingSession;

namespace {

void check_port(std::span<const std::byte> text) {
  // A copy without room behind it: a sanitizer sees the first byte read too far.
  const std::vector<std::byte> payload(text.begin(), text.end());
  const auto port = switching::announced_port(payload);
  if (!port.has_value()) return;
  const std::string expected = std::to_string(port->value());
  require(payload.size() > expected.size() && payload[expected.size()] == std::byte{0},
          "a number without its end");
  require(switching::digits_of(*port) == expected.size(), "another number of digits");
  std::vector<std::byte> digits(expected.size());
  require(switching::write_digits(*port, digits), "digits that do not fit their own number");
  require(std::equal(digits.begin(), digits.end(), payload.begin()), "other digits than were read");
}

/// Few sessions, so that they meet; and a store that is soon full.
class Store {
 public:
  void step(Input& input) {
    const unsigned act = input.byte() % 5;
    const AnnouncingSession session{Ipv4Address(198, 51, 100, input.byte() % 3),
                                    switching::kRshPort, port(input), NodeId(input.byte() % 3)};
    const std::uint32_t sequence = input.byte() % 2;
    if (act == 0) announcements_.opened(session, sequence, now_);
    if (act == 1) announce(session, sequence + 1, port(input));
    if (act == 2) announcements_.fulfilled(session.remote, port(input));
    if (act == 3) announcements_.forget(session);
    if (act == 4) announcements_.expire(kCapacity, now_ += input.byte());
    require(announcements_.size() <= kCapacity, "more sessions than there is room for");
  }

  void empty() {
    announcements_.expire(kCapacity, now_ + 1000);
    require(announcements_.size() == 0, "a session that never ends");
  }

 private:
  static constexpr std::uint32_t kCapacity = 4;

  static PortNumber port(Input& input) {
    return PortNumber(static_cast<std::uint16_t>(1020 + input.byte() % 4));
  }

  void announce(const AnnouncingSession& session, std::uint32_t sequence, PortNumber announced) {
    if (!announcements_.is_first_payload(session, sequence)) return;
    if (announcements_.is_taken(session.remote, announced, session.node)) return;
    announcements_.expect(session, {announced, announced}, now_);
    const auto expected = announcements_.expected(session.remote, announced);
    require(expected.has_value() && expected->node == session.node, "an expectation was lost");
    require(announcements_.settled(session).has_value(), "an announcement was lost");
  }

  Announcements announcements_{kCapacity, 1};
  Seconds now_ = 1000;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input input(data, size);
  check_port(std::as_bytes(std::span(data, size)));
  Store store;
  while (!input.empty()) store.step(input);
  store.empty();
  return 0;
}
