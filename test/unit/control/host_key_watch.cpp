#include "control/host_key_watch.hpp"

#include <catch2/catch.hpp>
#include <utility>

namespace encluster::control {
namespace {

using agent_protocol::HostKeys;

HostKeys ed25519(std::uint8_t digest) { return {{{"ssh-ed25519", {digest}}}}; }
HostKeys both(std::uint8_t digest) { return {{{"ssh-ed25519", {digest}}, {"ssh-rsa", {digest}}}}; }

struct Fixture {
  std::string lines;
  Logger log{{.write = [this](const std::string& line) { lines += line; },
              .now = [] { return LogSettings::Clock::time_point{}; }}};
  HostKeyWatch watch{log};

  /// What was logged since the last call.
  std::string told() { return std::exchange(lines, {}); }
};

std::string differ(const std::string& type, const std::string& nodes) {
  return "level=warning event=host_keys_differ type=" + type + " nodes=\"" + nodes + "\"\n";
}
std::string equal(const std::string& type) {
  return "level=info event=host_keys_equal type=" + type + "\n";
}

}  // namespace

TEST_CASE_METHOD(Fixture, "nodes with the same host keys are not worth a word") {
  watch.note("alpha", both(1));
  watch.note("beta", both(1));
  watch.note("gamma", {});  // runs no sshd
  CHECK(told().empty());
}

TEST_CASE_METHOD(Fixture, "nodes with different host keys are told once, until that changes") {
  watch.note("beta", ed25519(2));
  watch.note("alpha", ed25519(1));
  CHECK(told() == differ("ssh-ed25519", "alpha | beta"));
  watch.note("alpha", ed25519(1));
  CHECK(told().empty());
  watch.note("gamma", ed25519(1));
  CHECK(told() == differ("ssh-ed25519", "alpha gamma | beta"));
  watch.note("beta", ed25519(1));
  CHECK(told() == equal("ssh-ed25519"));
}

TEST_CASE_METHOD(Fixture, "a key that a node lacks is a difference, too") {
  watch.note("alpha", both(1));
  watch.note("beta", ed25519(1));
  CHECK(told() == differ("ssh-rsa", "alpha | beta"));
  watch.note("alpha", ed25519(1));
  CHECK(told() == equal("ssh-rsa"));
}

TEST_CASE_METHOD(Fixture, "nodes that are gone from the configuration do not count") {
  watch.note("alpha", ed25519(1));
  watch.note("beta", ed25519(2));
  told();
  watch.keep_only({"alpha", "gamma"});
  CHECK(told() == equal("ssh-ed25519"));
  watch.note("gamma", ed25519(1));
  CHECK(told().empty());
}

}  // namespace encluster::control
