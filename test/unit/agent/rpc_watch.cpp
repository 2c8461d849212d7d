#include "agent/rpc_watch.hpp"

#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <catch2/catch.hpp>
#include <chrono>
#include <mutex>
#include <stdexcept>

namespace encluster::agent {
namespace {

using namespace std::chrono_literals;

using Programs = std::vector<RpcProgram>;

/// An rpcbind that the test plays.
class Rpcbind {
 public:
  void answer(Programs programs) { set(std::move(programs), {}); }
  void fail(std::string problem) { set({}, std::move(problem)); }

  /// Called by the watch, on its thread.
  Programs list() {
    const std::lock_guard lock(mutex_);
    ++asked;
    if (!problem_.empty()) throw std::runtime_error(problem_);
    return programs_;
  }

  std::atomic<int> asked = 0;

 private:
  void set(Programs programs, std::string problem) {
    const std::lock_guard lock(mutex_);
    programs_ = std::move(programs);
    problem_ = std::move(problem);
  }

  std::mutex mutex_;
  Programs programs_;
  std::string problem_;
};

struct Fixture {
  boost::asio::io_context context;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work{
      context.get_executor()};
  Rpcbind rpcbind;
  std::string lines;
  control::Logger log{{.write = [this](const std::string& line) { lines += line; },
                       .now = [] { return control::LogSettings::Clock::now(); }}};

  /// Until rpcbind was asked again, and its answer taken.
  void run_once() {
    const int before = rpcbind.asked;
    while (rpcbind.asked == before) context.run_one_for(10s);
    context.run_one_for(10s);
  }
  [[nodiscard]] bool logged(const std::string& text) const {
    return lines.find(text) != std::string::npos;
  }
};

const Programs kOne{{100'011, {Protocol::udp, PortNumber(875)}, {}}};
const Programs kOther{{100'024, {Protocol::tcp, PortNumber(876)}, {}}};

}  // namespace

TEST_CASE_METHOD(Fixture, "RPC programs are known at once, and asked for again") {
  rpcbind.answer(kOne);
  const RpcWatch watch(
      context, [this] { return rpcbind.list(); }, log);
  CHECK(watch.programs() == kOne);
  rpcbind.answer(kOther);
  run_once();
  CHECK(watch.programs() == kOther);
  CHECK(lines.empty());
}

TEST_CASE_METHOD(Fixture, "while rpcbind does not answer, RPC programs are those before") {
  rpcbind.answer(kOne);
  const RpcWatch watch(
      context, [this] { return rpcbind.list(); }, log);
  rpcbind.fail("gone");
  run_once();
  CHECK(watch.programs() == kOne);
  CHECK(logged("event=rpc_programs_unknown reason=gone"));
  lines.clear();
  run_once();
  CHECK(lines.empty());
  rpcbind.answer(kOther);
  run_once();
  CHECK(watch.programs() == kOther);
  CHECK(logged("event=rpc_programs_known count=1"));
}

TEST_CASE_METHOD(Fixture, "without rpcbind there are no RPC programs") {
  rpcbind.fail("no such file");
  const RpcWatch watch(
      context, [this] { return rpcbind.list(); }, log);
  CHECK(watch.programs().empty());
  CHECK(logged("event=rpc_programs_unknown"));
}

}  // namespace encluster::agent
