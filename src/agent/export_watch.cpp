#include "agent/export_watch.hpp"

#include <algorithm>
#include <utility>

#include "agent_protocol/names.hpp"

namespace encluster::agent {

using agent_protocol::RefusedExport;

ExportWatch::ExportWatch(boost::asio::io_context& context, std::function<FoundExports()> find,
                         std::function<void()> changed, control::Logger& log)
    : changed_(std::move(changed)),
      log_(log),
      look_(context, std::move(find), [this](FoundExports found) { take(std::move(found)); }) {}

void ExportWatch::start() { look_.call_after(std::chrono::milliseconds(0)); }

void ExportWatch::take(FoundExports found) {
  log_problems(found.problems);
  problems_ = std::move(found.problems);
  if (exports_ != found.exports) {
    exports_ = std::move(found.exports);
    changed_();
  }
  look_.call_after(problems_.empty() ? kPeriod : kSoon);
}

void ExportWatch::log_problems(const Problems& problems) const {
  for (const auto& [path, reason] : problems) {
    const auto before = problems_.find(path);
    if (before != problems_.end() && before->second == reason) continue;
    log_.warning("export_unknown", {{"path", path}, {"reason", reason}});
  }
  for (const auto& [path, reason] : problems_) {
    if (!problems.contains(path)) log_.info("export_known", {{"path", path}});
  }
}

void ExportWatch::answered(const agent_protocol::ExportsAnswer& answer) {
  const auto told = [](const auto& all, const RefusedExport& one) {
    return std::ranges::find(all.refused, one) != all.refused.end();
  };
  for (const RefusedExport& one : answer.refused) {
    if (told(answer_, one)) continue;
    log_.warning("export_refused", {{"path", one.path},
                                    {"reason", name_of(one.reason)},
                                    {"owner", one.owner.empty() ? "none" : one.owner},
                                    {"other", one.other.empty() ? "none" : one.other}});
  }
  for (const RefusedExport& one : answer_.refused) {
    if (told(answer, one)) continue;
    log_.info("export_settled", {{"path", one.path}, {"reason", name_of(one.reason)}});
  }
  answer_ = answer;
}

}  // namespace encluster::agent
