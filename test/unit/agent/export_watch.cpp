#include "agent/export_watch.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <catch2/catch.hpp>
#include <mutex>

namespace encluster::agent {
namespace {

using agent_protocol::ExportRefusal;
using agent_protocol::ExportsAnswer;
using namespace std::chrono_literals;

struct Fixture {
  boost::asio::io_context context;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work{
      context.get_executor()};
  std::mutex mutex;
  FoundExports next;
  int changes = 0;
  std::string lines;
  control::Logger log{{.write = [this](const std::string& line) { lines += line; },
                       .now = [] { return control::LogSettings::Clock::now(); }}};
  ExportWatch watch{context,
                    [this] {
                      const std::lock_guard lock(mutex);
                      return next;
                    },
                    [this] { ++changes; }, log};

  void find(FoundExports found) {
    const std::lock_guard lock(mutex);
    next = std::move(found);
  }
  /// Until the condition holds, or for ten seconds.
  template <typename Condition>
  void run_until(Condition holds) {
    const auto end = std::chrono::steady_clock::now() + 10s;
    while (!holds() && std::chrono::steady_clock::now() < end) context.run_one_for(1s);
    REQUIRE(holds());
  }
  [[nodiscard]] bool logged(const std::string& part) const {
    return lines.find(part) != std::string::npos;
  }
};

const FoundExports kUnknown{.exports = {.exports = {{"/a", {}}}}, .problems = {{"/a", "silent"}}};
const FoundExports kKnown{
    .exports = {.mount_port = PortNumber(892), .exports = {{"/a", {{"/a", {}, 7}}}}}};

}  // namespace

TEST_CASE_METHOD(Fixture, "exports are told when they are known, and when they change") {
  CHECK_FALSE(watch.exports());
  find(kUnknown);
  watch.start();
  run_until([&] { return changes == 1; });
  CHECK(watch.exports() == kUnknown.exports);
  CHECK(logged("event=export_unknown path=/a reason=silent"));
  find(kKnown);
  run_until([&] { return changes == 2; });
  CHECK(watch.exports() == kKnown.exports);
  CHECK(logged("event=export_known path=/a"));
}

TEST_CASE_METHOD(Fixture, "what the gateway refuses is said once, and when it is settled") {
  const ExportsAnswer refused{{{"/a", ExportRefusal::key_taken, "beta", "/b"}}};
  watch.answered(refused);
  CHECK(logged("event=export_refused path=/a reason=key-taken owner=beta other=/b"));
  lines.clear();
  watch.answered(refused);
  CHECK(lines.empty());
  watch.answered({});
  CHECK(logged("event=export_settled path=/a reason=key-taken"));
}

}  // namespace encluster::agent
