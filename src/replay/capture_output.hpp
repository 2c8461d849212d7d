// The packets that leave in a replay, as a capture.
#pragma once

#include <filesystem>
#include <fstream>

#include "control/configuration.hpp"
#include "replay/decision.hpp"
#include "replay/pcapng_writer.hpp"

namespace encluster::replay {

/// Interfaces are called as their networks. Each packet has a comment with its number, verdict,
/// rule, node and reason.
class CaptureOutput {
 public:
  /// @param with_drops writes dropped packets as well, on the interface that they came from
  /// @throws std::runtime_error if the file cannot be made
  CaptureOutput(const std::filesystem::path& file, const control::Configuration& configuration,
                bool with_drops);

  void write(const Decision& decision);
  /// @throws std::runtime_error if not all of it could be written
  void close();

 private:
  [[nodiscard]] std::uint32_t interface_of(Side side) const;

  std::filesystem::path file_;
  const control::Configuration& configuration_;
  bool with_drops_;
  std::ofstream out_;
  PcapngWriter writer_;
};

}  // namespace encluster::replay
