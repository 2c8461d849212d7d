#include "replay/capture_output.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "frame_text/decision_text.hpp"
#include "replay/explain.hpp"

namespace encluster::replay {

namespace {

std::ofstream opened(const std::filesystem::path& file) {
  std::ofstream out(file, std::ios::binary | std::ios::trunc);
  if (!out) throw std::runtime_error(file.string() + ": cannot be written");
  return out;
}

}  // namespace

CaptureOutput::CaptureOutput(const std::filesystem::path& file,
                             const control::Configuration& configuration, bool with_drops)
    : file_(file),
      configuration_(configuration),
      with_drops_(with_drops),
      out_(opened(file)),
      writer_(out_, "encluster-replay " ENCLUSTER_VERSION) {
  for (const auto& network : configuration.networks) writer_.add_interface(network.name);
  writer_.add_interface(name_of(configuration, kInterconnect));
}

std::uint32_t CaptureOutput::interface_of(Side side) const {
  return side == kInterconnect ? static_cast<std::uint32_t>(configuration_.networks.size()) : side;
}

void CaptureOutput::write(const Decision& decision) {
  const bool dropped = decision.verdict == Verdict::drop && !decision.received.empty();
  if (decision.sent.empty() && !(dropped && with_drops_)) return;
  const auto& frame = decision.sent.empty() ? decision.received : decision.sent;
  const Side side = decision.sent.empty() ? decision.ingress : decision.egress;
  // What the capture did not keep is not made up.
  const bool cut = decision.kept < decision.received.size();
  const std::size_t bytes = cut ? std::min<std::size_t>(frame.size(), decision.kept) : frame.size();
  writer_.write(interface_of(side), decision.nanoseconds, std::span(frame).first(bytes),
                static_cast<std::uint32_t>(frame.size()),
                fmt::format("packet={} verdict={} {}", decision.number,
                            frame_text::name_of(decision.verdict), why(configuration_, decision)));
}

void CaptureOutput::close() {
  out_.close();
  if (!out_) throw std::runtime_error(file_.string() + ": not all of it could be written");
}

}  // namespace encluster::replay
