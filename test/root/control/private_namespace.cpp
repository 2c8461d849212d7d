#include "root/control/private_namespace.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <memory>
#include <stdexcept>

namespace encluster::test {

PrivateNamespace::PrivateNamespace()
    : outside_(::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC)) {
  if (::unshare(CLONE_NEWNET) != 0) {
    throw std::runtime_error("these tests need root: they make network namespaces");
  }
  run("ip link set lo up");
}

PrivateNamespace::~PrivateNamespace() { (void)::setns(outside_.get(), CLONE_NEWNET); }

std::string run(const std::string& command) {
  std::FILE* pipe = ::popen(command.c_str(), "r");
  if (pipe == nullptr) throw std::runtime_error("cannot run " + command);
  std::string output;
  std::array<char, 4096> part;
  while (const std::size_t size = std::fread(part.data(), 1, part.size(), pipe)) {
    output.append(part.data(), size);
  }
  if (::pclose(pipe) != 0) throw std::runtime_error("failed: " + command);
  return output;
}

void send_frame(int tap, const Frame& frame) {
  const auto bytes = frame.bytes();
  if (::write(tap, bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size())) {
    throw std::runtime_error("the TAP took no frame");
  }
}

std::vector<std::string> sent_frames(int tap, std::chrono::milliseconds quiet) {
  std::vector<std::string> lines;
  std::array<std::byte, 65536> frame;
  pollfd wanted{.fd = tap, .events = POLLIN, .revents = 0};
  while (::poll(&wanted, 1, static_cast<int>(quiet.count())) > 0) {
    const ssize_t size = ::read(tap, frame.data(), frame.size());
    if (size < 0) throw std::runtime_error("cannot read from the TAP");
    const auto bytes = std::span(frame).first(static_cast<std::size_t>(size));
    lines.push_back(describe(bytes));
  }
  return lines;
}

}  // namespace encluster::test
