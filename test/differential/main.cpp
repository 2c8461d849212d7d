// The pipeline against the reference model: the same random and damaged packets for both, and every
// verdict, reason, way and byte compared. See --help.
#include <algorithm>
#include <charconv>
#include <cstring>
#include <iostream>
#include <string>
#include <string_view>

#include "differential/model.hpp"
#include "differential/traffic.hpp"
#include "net/headers.hpp"

using namespace encluster;
using namespace encluster::differential;

namespace {

constexpr std::string_view kUsage =
    "usage: differential [--seed N] [--packets N]\n"
    "\n"
    "Sends random and damaged packets through the pipeline and through a reference model, lets "
    "time\n"
    "pass, changes the cluster, and compares what becomes of every packet.\n"
    "\n"
    "  --seed     all follows from it (default 1)\n"
    "  --packets  how many (default 100000)\n"
    "\n"
    "Exit status: 0 no difference, 1 a difference, 2 wrong usage.\n";

/// So large that they never fill: the model has no bounds. The sweep sees all of them, and all
/// announcements, in four seconds.
switching::PipelineLimits large_limits() {
  switching::PipelineLimits limits;
  limits.connections = {16384, 16384};
  limits.announcements = 256;
  limits.flood.filter_cells = 1;
  return limits;
}

std::string shown(Verdict verdict, DropReason reason, Egress egress, const model::Bytes& frame) {
  std::string text = "verdict " + std::to_string(static_cast<int>(verdict)) + ", " +
                     std::string(name_of(reason)) + ", egress " + std::to_string(egress);
  return frame.empty() ? text : text + ": " + test::describe(frame);
}

/// The questions' sequence numbers depend on the second; without them and their checksums.
std::string without_sequence(model::Bytes frame) {
  std::fill_n(frame.begin() + 38, 4, std::byte{0});
  std::fill_n(frame.begin() + 50, 2, std::byte{0});
  return {reinterpret_cast<const char*>(frame.data()), frame.size()};
}

class Comparison {
 public:
  explicit Comparison(std::uint64_t seed)
      : dice_(seed), state_(cluster()), gateway_(state_, large_limits()), model_(state_) {
    gateway_.skip(model_.now() - gateway_.now());
  }

  /// False after a difference, which is printed.
  bool step() {
    if (dice_.below(100) == 0) return let_time_pass();
    if (dice_.below(1000) == 0) change_cluster();
    return send(dice_.packet());
  }

  /// How often each verdict and reason was seen, for a person who wonders what is tested.
  void summary() const {
    for (const auto& [what, times] : seen_) std::cout << "  " << times << " " << what << "\n";
  }

 private:
  bool send(const Traffic& traffic) {
    const test::Outcome real =
        gateway_.receive(test::Frame(traffic.frame), traffic.origin, traffic.network);
    const model::Expected expected = ask_model(traffic);
    ++seen_[std::to_string(static_cast<int>(real.verdict)) + " " +
            std::string(name_of(real.reason))];
    if (matches(expected, real)) return true;
    std::cout << "packet from " << static_cast<int>(traffic.origin) << ", network "
              << int{traffic.network} << ": " << test::describe(traffic.frame)
              << "\n  pipeline: " << shown(real.verdict, real.reason, real.egress, real.frame)
              << "\n  model:    "
              << shown(expected.verdict, expected.reason, expected.egress, expected.frame) << "\n";
    return false;
  }

  model::Expected ask_model(const Traffic& traffic) {
    switch (traffic.origin) {
      case Origin::network:
        return model_.from_network(traffic.frame, traffic.network);
      case Origin::interconnect:
        return model_.from_node(traffic.frame);
      case Origin::local_network:
      case Origin::local_interconnect:
        break;
    }
    return model_.from_kernel(traffic.frame, traffic.network);
  }

  static bool matches(const model::Expected& expected, const test::Outcome& real) {
    if (expected.verdict != real.verdict || expected.reason != real.reason) return false;
    if (real.verdict == Verdict::drop || real.verdict == Verdict::hold) return true;
    if (real.verdict != Verdict::local && expected.egress != real.egress) return false;
    model::Bytes wanted = expected.frame;
    model::Bytes got = real.frame;
    if (test::checksums_ok(got) != expected.checksum_right) return false;
    if (!expected.checksum_right) {
      wanted = without_checksum(wanted);
      got = without_checksum(got);
    }
    if (expected.identified) {
      wanted = without_identification(wanted);
      got = without_identification(got);
    }
    return wanted == got;
  }

  /// Identification and checksum of the IP header set to zero.
  static model::Bytes without_identification(model::Bytes frame) {
    for (const std::size_t at : {18U, 19U, 24U, 25U}) frame.at(at) = std::byte{0};
    return frame;
  }

  /// The transport's checksum set to zero.
  static model::Bytes without_checksum(model::Bytes frame) {
    const model::Message message = model::read(frame);
    if (message.kind != model::Kind::message) return frame;
    const std::size_t at = message.transport + (message.tcp() ? 16 : message.udp() ? 6 : 2);
    std::fill_n(frame.begin() + static_cast<std::ptrdiff_t>(at), 2, std::byte{0});
    return frame;
  }

  /// Multiples of 16 seconds, of which the sweep takes the last four: no deadline lies among them.
  bool let_time_pass() {
    constexpr std::array<Seconds, 8> kSteps{16, 16, 32, 32, 64, 64, 192, 457 * 16};
    const Seconds seconds = dice_.one_of(kSteps);
    gateway_.skip(seconds - 4);
    std::vector<std::string> real;
    for (const test::Outcome& extra : gateway_.pass(4)) {
      if (extra.verdict == Verdict::forward || extra.verdict == Verdict::local) {
        real.push_back(without_sequence(extra.frame));
      }
    }
    std::vector<std::string> expected;
    for (const model::Bytes& question : model_.pass(seconds)) {
      expected.push_back(without_sequence(question));
    }
    std::ranges::sort(real);
    std::ranges::sort(expected);
    if (real == expected) return same_tables();
    std::cout << "after " << seconds << " s: the pipeline asked " << real.size()
              << " nodes, the model " << expected.size() << "\n";
    return false;
  }

  bool same_tables() {
    std::size_t connections = 0;
    const auto& table = gateway_.pipeline().connections();
    (void)table.list(0, table.bucket_count(), [&](const switching::Connection& record) {
      if ((record.kind & 0x80) == 0) ++connections;
      return true;
    });
    const bool same = connections == model_.connections().size() &&
                      gateway_.pipeline().announcements().size() == model_.sessions();
    if (same) return true;
    std::cout << "the pipeline knows " << connections << " connections and "
              << gateway_.pipeline().announcements().size() << " sessions, the model "
              << model_.connections().size() << " and " << model_.sessions() << "\n";
    return false;
  }

  void change_cluster() {
    state_ = dice_.change(state_);
    gateway_.change([&](switching::ClusterState& state) { state = state_; });
    model_.change(state_);
  }

  Dice dice_;
  switching::ClusterState state_;
  test::Gateway gateway_;
  model::Model model_;
  std::map<std::string, std::uint64_t> seen_;
};

bool number(std::string_view text, std::uint64_t& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size();
}

}  // namespace

int main(int argc, char** argv) {
  std::uint64_t seed = 1;
  std::uint64_t packets = 100'000;
  for (int i = 1; i < argc; ++i) {
    const std::string_view option = argv[i];
    std::uint64_t* value = option == "--seed" ? &seed : option == "--packets" ? &packets : nullptr;
    if (option == "--help") {
      std::cout << kUsage;
      return 0;
    }
    if (value == nullptr || ++i == argc || !number(argv[i], *value)) {
      std::cerr << "differential: wrong argument; see --help\n";
      return 2;
    }
  }
  Comparison comparison(seed);
  for (std::uint64_t packet = 0; packet < packets; ++packet) {
    if (comparison.step()) continue;
    std::cout << "step " << packet << " of seed " << seed << " differs\n";
    return 1;
  }
  comparison.summary();
  std::cout << "no difference in " << packets << " packets\n";
  return 0;
}
