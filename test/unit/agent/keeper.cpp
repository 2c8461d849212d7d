// Keepers in processes of their own, against an agent's socket that this process serves.
#include "agent/keeper.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "agent/local_server.hpp"
#include "support/temporary_folder.hpp"

namespace encluster::agent {
namespace {

constexpr agent_protocol::LeasedPort kPort{Protocol::udp, PortNumber(700)};

Validity valid_for(std::int64_t milliseconds, std::int64_t fence = 60'000) {
  return {BootClock::now() + std::chrono::milliseconds(milliseconds),
          std::chrono::milliseconds(fence)};
}

class Machine {
 public:
  using Answer = std::function<std::optional<ToKeeper>(const FromKeeper&)>;

  explicit Machine(Answer answer) : answer_(std::move(answer)) { start_agent(); }
  Machine(const Machine&) = delete;
  Machine& operator=(const Machine&) = delete;
  ~Machine() {
    if (keeper_ < 0) return;
    kill(keeper_, SIGKILL);
    waitpid(keeper_, nullptr, 0);
  }

  void start_agent() {
    server_ = std::make_unique<LocalServer>(
        context_.get_executor(), folder_.path() / "agent.sock",
        LocalServer::Handlers{.received =
                                  [this](KeeperId keeper, const FromKeeper& message) {
                                    heard.push_back(message);
                                    const auto reply = answer_(message);
                                    if (reply) server_->send(keeper, *reply);
                                    return true;
                                  },
                              .gone = [](KeeperId) {}},
        log_);
  }
  void stop_agent() { server_.reset(); }
  void set_answer(Answer answer) { answer_ = std::move(answer); }

  void keep(std::vector<std::string> command) {
    const LeaseCommand lease{.port = kPort,
                             .socket = folder_.path() / "agent.sock",
                             .wait = std::chrono::seconds(5),
                             .command = std::move(command)};
    keeper_ = fork();
    REQUIRE(keeper_ >= 0);
    if (keeper_ == 0) _exit(Keeper(lease).run());
  }
  void signal_keeper(int number) const { kill(keeper_, number); }

  /// The keeper's exit status; -1 if it runs for ten seconds more.
  int end() {
    int status = 0;
    const bool ended = until([&] { return waitpid(keeper_, &status, WNOHANG) == keeper_; });
    if (!ended) return -1;
    keeper_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }
  [[nodiscard]] bool until(const std::function<bool()>& condition) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    bool met = condition();
    while (!met && std::chrono::steady_clock::now() < end) {
      context_.restart();
      context_.run_for(std::chrono::milliseconds(5));
      met = condition();
    }
    context_.restart();
    context_.poll();
    return met;
  }
  [[nodiscard]] std::filesystem::path file(const char* name) const { return folder_.path() / name; }

  std::vector<FromKeeper> heard;

 private:
  Answer answer_;
  pid_t keeper_ = -1;
  TemporaryFolder folder_;
  boost::asio::io_context context_{1};
  control::Logger log_{{.write = [](const std::string&) {},
                        .now = [] { return control::LogSettings::Clock::now(); }}};
  std::unique_ptr<LocalServer> server_;
};

std::optional<ToKeeper> grant(const FromKeeper& message) {
  if (std::holds_alternative<Ask>(message)) return Granted{valid_for(60'000)};
  return std::nullopt;
}

}  // namespace

TEST_CASE("a keeper's exit status is its command's, and the port is released after it") {
  Machine machine(grant);
  machine.keep({"sh", "-c", "exit 7"});
  CHECK(machine.end() == 7);
  CHECK(machine.heard == std::vector<FromKeeper>{Ask{kPort}, Release{}});
}

TEST_CASE("a port that is another's is told by an exit status, and no command is run") {
  Machine machine([](const FromKeeper&) {
    return Denied{agent_protocol::LeaseResult::taken, "beta"};
  });
  machine.keep({"touch", machine.file("ran")});
  CHECK(machine.end() == Keeper::kInUse);
  CHECK_FALSE(std::filesystem::exists(machine.file("ran")));
}

TEST_CASE("a signal to the keeper reaches its command") {
  Machine machine(grant);
  machine.keep({"sh", "-c",
                "trap 'exit 5' USR1; touch " + machine.file("ready").string() +
                    "; while :; do sleep 0.02; done"});
  REQUIRE(machine.until([&] { return std::filesystem::exists(machine.file("ready")); }));
  machine.signal_keeper(SIGUSR1);
  CHECK(machine.end() == 5);
}

TEST_CASE("a keeper that nobody answers is ended by a signal") {
  Machine machine([](const FromKeeper&) { return std::nullopt; });
  machine.keep({"true"});
  REQUIRE(machine.until([&] { return !machine.heard.empty(); }));
  machine.signal_keeper(SIGTERM);
  CHECK(machine.end() == 128 + SIGTERM);
}

TEST_CASE("a command that does not heed SIGTERM is dead before its lease is over") {
  const Validity validity = valid_for(4000, 4000);
  Machine machine([&](const FromKeeper& message) -> std::optional<ToKeeper> {
    if (std::holds_alternative<Ask>(message)) return Granted{validity};
    return std::nullopt;
  });
  machine.keep({"sh", "-c", "trap '' TERM; while :; do sleep 0.02; done"});
  CHECK(machine.end() == Keeper::kInUse);
  CHECK(BootClock::now() < validity.until);
  CHECK(machine.heard.back() == FromKeeper(Release{}));
}

TEST_CASE("a command whose port was lost is ended") {
  Machine machine(grant);
  machine.keep({"sleep", "60"});
  REQUIRE(machine.until([&] { return !machine.heard.empty(); }));
  machine.stop_agent();
  machine.set_answer([](const FromKeeper&) { return Lost{}; });
  machine.start_agent();
  CHECK(machine.end() == Keeper::kInUse);
}

TEST_CASE("a keeper outlives an agent, and says to the next one what it holds") {
  Machine machine(grant);
  machine.keep({"sleep", "60"});
  REQUIRE(machine.until([&] { return !machine.heard.empty(); }));
  machine.stop_agent();
  machine.start_agent();
  REQUIRE(machine.until([&] { return machine.heard.size() == 2; }));
  const auto* const held = std::get_if<Hold>(&machine.heard[1]);
  REQUIRE(held != nullptr);
  CHECK(held->port == kPort);
  CHECK(held->until > BootClock::now());
  machine.signal_keeper(SIGTERM);
  CHECK(machine.end() == 128 + SIGTERM);
}

}  // namespace encluster::agent
