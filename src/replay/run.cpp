#include "replay/run.hpp"

#include <fmt/format.h>

#include <ostream>
#include <stdexcept>

#include "control/cluster_from_configuration.hpp"
#include "control/configuration_error.hpp"
#include "frame_text/frame_view.hpp"
#include "replay/capture_output.hpp"
#include "replay/comparison.hpp"
#include "replay/replayer.hpp"
#include "replay/survey.hpp"

namespace encluster::replay {

using frame_text::FrameView;

namespace {

using control::Configuration;
using Sides = std::vector<std::optional<Side>>;

MacBySide known_macs(const CommandLine& line, const Configuration& configuration) {
  MacBySide known;
  for (const auto& [network, mac] : line.macs) known[known_side(configuration, network)] = mac;
  return known;
}

/// When the gateway was first seen to send, by side.
std::map<Side, std::uint64_t> first_sent(const Recording& recording, const Sides& sides,
                                         const Survey& survey) {
  std::map<Side, std::uint64_t> first;
  for (const CapturedFrame& frame : recording.frames()) {
    const auto side = sides[frame.interface];
    if (!side || frame.original_length > kMaxFrame) continue;
    const auto bytes = restored(frame);
    const FrameView view(bytes);
    if (view.is_ethernet() && view.ethernet().source == survey.gateway.at(*side)) {
      first.try_emplace(*side, frame.nanoseconds);
    }
  }
  return first;
}

/// Asks a node, in a remote's name, whether it still has a connection. When, and by which numbers,
/// is the clock's.
bool is_question(const FrameView& view) {
  return view.kind == net::FrameKind::message && view.packet.protocol == Protocol::tcp &&
         view.packet.tcp_flags == tcp_flag::ack && view.packet.end == view.packet.payload;
}

class Session {
 public:
  Session(const CommandLine& line, const Configuration& configuration,
          const switching::PluginRegistry& plugins, const Recording& recording, Sides sides,
          const Survey& survey, std::ostream& out)
      : line_(line),
        configuration_(configuration),
        recording_(recording),
        sides_(std::move(sides)),
        survey_(survey),
        replayer_(cluster_for(configuration, survey), control::limits_from(configuration),
                  configuration.workers, plugins),
        comparison_(first_sent(recording, sides_, survey)),
        report_(configuration, line.format, start_of(recording)),
        out_(out) {
    if (line.output) output_.emplace(*line.output, configuration, line.drops);
  }

  int run();

 private:
  static std::uint64_t start_of(const Recording& recording) {
    return recording.frames().empty() ? 0 : recording.frames().front().nanoseconds;
  }
  void replay(std::uint64_t number, const CapturedFrame& frame);
  void replay_sent(std::uint64_t number, const CapturedFrame& frame, Side side,
                   std::span<const std::byte> bytes);
  [[nodiscard]] bool may_be_kernels(const FrameView& view) const;
  void tell(const std::vector<Decision>& decisions);
  void tell_differences();
  void tell_end();

  const CommandLine& line_;
  const Configuration& configuration_;
  const Recording& recording_;
  Sides sides_;
  const Survey& survey_;
  Replayer replayer_;
  Comparison comparison_;
  Report report_;
  std::ostream& out_;
  std::optional<CaptureOutput> output_;
  std::uint64_t passed_over_ = 0;  ///< frames of other interfaces, or longer than a packet
  std::uint64_t sent_ = 0;         ///< frames that the gateway sent
};

int Session::run() {
  std::uint64_t number = 0;
  for (const CapturedFrame& frame : recording_.frames()) replay(++number, frame);
  if (number > 0) comparison_.finish(recording_.frames().back().nanoseconds);
  tell_differences();
  tell_end();
  if (output_) output_->close();
  if (!out_.flush()) throw std::runtime_error("not all of the output could be written");
  if (!line_.compare) return 0;
  const ComparisonCounts& counts = comparison_.counts();
  if (counts.agreed + counts.differed == 0) {
    throw std::runtime_error(
        "nothing to compare: the capture must hold what reached the gateway "
        "on one side and what it sent on the other");
  }
  return counts.differed > 0 ? 1 : 0;
}

void Session::replay(std::uint64_t number, const CapturedFrame& frame) {
  const auto side = sides_[frame.interface];
  if (!side || frame.original_length > kMaxFrame) {
    ++passed_over_;
    return;
  }
  comparison_.pass_until(frame.nanoseconds);
  const auto bytes = restored(frame);
  const FrameView view(bytes);
  if (view.is_ethernet() && view.ethernet().source == survey_.gateway.at(*side)) {
    ++sent_;
    tell(replayer_.pass_until(frame.nanoseconds));
    replay_sent(number, frame, *side, bytes);
  } else {
    tell(replayer_.receive(number, frame, *side));
  }
  tell_differences();
}

/// What the real gateway sent is not fed in, unless its kernel did: then the replay has to know.
void Session::replay_sent(std::uint64_t number, const CapturedFrame& frame, Side side,
                          std::span<const std::byte> bytes) {
  if (comparison_.explain(number, side, bytes)) return;
  if (side == kInterconnect) {
    const FrameView view(bytes);
    if (!may_be_kernels(view) && !is_question(view)) comparison_.unexplained(number, bytes);
    return;
  }
  if (!survey_.received.contains(kInterconnect)) return;  // whose it is cannot be told
  const auto decisions = replayer_.from_kernel(number, frame, side);
  if (decisions.back().sent.empty()) {
    comparison_.unexplained(number, bytes);
  } else {
    tell(decisions);
  }
}

/// Inside, the kernel speaks for the gateway, or for the cluster to a node that asked it.
bool Session::may_be_kernels(const FrameView& view) const {
  if (!view.is_ip() || view.packet.source == configuration_.interconnect.address.address) {
    return true;
  }
  for (const auto& network : configuration_.networks) {
    if (view.packet.source == network.address.address) return true;
  }
  return false;
}

void Session::tell(const std::vector<Decision>& decisions) {
  for (const Decision& decision : decisions) {
    comparison_.note(decision);
    report_.count(decision);
    if (output_) output_->write(decision);
    if (!line_.quiet) out_ << report_.line(decision) << '\n';
  }
}

void Session::tell_differences() {
  for (const Difference& difference : comparison_.take_differences()) {
    if (line_.compare) out_ << report_.line(difference) << '\n';
  }
}

void Session::tell_end() {
  if (line_.summary) {
    report_.count("packets", recording_.frames().size());
    report_.count("packets passed over", passed_over_);
    report_.count("packets sent by the gateway", sent_);
    out_ << report_.summary() << '\n';
  }
  if (line_.compare) out_ << report_.line(comparison_.counts()) << '\n';
}

}  // namespace

int run(const CommandLine& line, const Configuration& configuration,
        const switching::PluginRegistry& plugins, std::ostream& out, std::ostream& warnings) {
  const auto warn = [&](const std::string& text) {
    warnings << "encluster-replay: " << text << '\n';
  };
  const Recording recording(line.inputs);
  Sides sides = sides_of(recording.interfaces(), configuration, line.mappings);
  for (std::size_t i = 0; i < sides.size(); ++i) {
    if (!sides[i]) {
      warn(fmt::format("interface {} {} belongs to no network: its packets are passed over", i,
                       control::shown(recording.interfaces()[i].name)));
    }
  }
  const Survey found =
      survey(recording.frames(), sides, configuration, known_macs(line, configuration));
  for (const std::string& guess : found.guesses) warn(guess);
  return Session(line, configuration, plugins, recording, std::move(sides), found, out).run();
}

}  // namespace encluster::replay
