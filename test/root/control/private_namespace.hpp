#pragma once

#include <chrono>
#include <span>
#include <string>
#include <vector>

#include "control/file_descriptor.hpp"
#include "support/packet_builder.hpp"

namespace encluster::test {

/// While it lives, the calling thread is in a network namespace of its own, where nothing exists
/// but lo (up). @throws std::runtime_error without the rights.
class PrivateNamespace {
 public:
  PrivateNamespace();
  PrivateNamespace(const PrivateNamespace&) = delete;
  PrivateNamespace& operator=(const PrivateNamespace&) = delete;
  ~PrivateNamespace();

 private:
  control::FileDescriptor outside_;
};

/// Runs a command of the shell. @returns what it prints. @throws std::runtime_error if it fails.
std::string run(const std::string& command);

/// Puts a frame on the wire behind a TAP.
void send_frame(int tap, const Frame& frame);

/// What the kernel sends on a TAP, one line a frame (see `describe`), until nothing has come for
/// `quiet`.
[[nodiscard]] std::vector<std::string> sent_frames(
    int tap, std::chrono::milliseconds quiet = std::chrono::milliseconds(100));

}  // namespace encluster::test
