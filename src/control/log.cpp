#include "control/log.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <iterator>
#include <utility>

namespace encluster::control {

std::string_view name_of(LogLevel level) noexcept {
  switch (level) {
    case LogLevel::error:
      return "error";
    case LogLevel::warning:
      return "warning";
    case LogLevel::info:
      break;
  }
  return "info";
}

namespace {

constexpr std::size_t kMaxValue = 1024;
constexpr std::string_view kCut = "...";

/// syslog(3)
int priority_of(LogLevel level) noexcept {
  switch (level) {
    case LogLevel::error:
      return 3;
    case LogLevel::warning:
      return 4;
    case LogLevel::info:
      break;
  }
  return 6;
}

bool is_plain(char c) noexcept { return c > ' ' && c < 0x7f && c != '"' && c != '=' && c != '\\'; }

void append_escaped(std::string& text, char c) {
  if (c == '"' || c == '\\') {
    text += '\\';
    text += c;
  } else if (c == '\n') {
    text += "\\n";
  } else if (c >= ' ' && c < 0x7f) {
    text += c;
  } else {
    fmt::format_to(std::back_inserter(text), "\\x{:02x}", static_cast<unsigned char>(c));
  }
}

std::string quote_where_needed(std::string_view value) {
  if (!value.empty() && value.size() <= kMaxValue && std::ranges::all_of(value, is_plain)) {
    return std::string(value);
  }
  std::string text = "\"";
  for (const char c : value.substr(0, kMaxValue)) append_escaped(text, c);
  if (value.size() > kMaxValue) text += kCut;
  return text + '"';
}

/// Does standard error lead to the journal? Then JOURNAL_STREAM holds its device and inode.
bool leads_to_journal() {
  const char* const journal = std::getenv("JOURNAL_STREAM");
  struct stat status {};
  if (journal == nullptr || fstat(STDERR_FILENO, &status) != 0) return false;
  return fmt::format("{}:{}", status.st_dev, status.st_ino) == journal;
}

}  // namespace

std::string LogField::text() const {
  if (const auto* const text = std::get_if<std::string_view>(&value_)) {
    return quote_where_needed(*text);
  }
  return std::visit([](const auto& value) { return fmt::format("{}", value); }, value_);
}

LogSettings standard_error_log() {
  return {
      .write = [](const std::string& line) { std::fwrite(line.data(), 1, line.size(), stderr); },
      .now = [] { return LogSettings::Clock::now(); },
      .priorities = leads_to_journal()};
}

Logger::Allowance& Logger::allowance_of(std::string_view event) {
  const auto now = settings_.now();
  auto found = allowances_.find(event);
  if (found == allowances_.end()) {
    found = allowances_.emplace(event, Allowance{.refilled = now}).first;
  }
  Allowance& allowance = found->second;
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now - allowance.refilled);
  allowance.left = std::min(allowance.left + seconds.count(), kBurst);
  allowance.refilled += seconds;
  return allowance;
}

void Logger::log(LogLevel level, std::string_view event, std::span<const LogField> fields) {
  const std::lock_guard lock(mutex_);
  Allowance& allowance = allowance_of(event);
  if (allowance.left <= 0) {
    ++allowance.suppressed;
    return;
  }
  --allowance.left;
  std::string line = settings_.priorities ? fmt::format("<{}>", priority_of(level)) : std::string();
  line += fmt::format("level={} event={}", name_of(level), event);
  for (const LogField& field : fields) line += fmt::format(" {}={}", field.key(), field.text());
  const auto suppressed = std::exchange(allowance.suppressed, 0);
  if (suppressed != 0) line += fmt::format(" suppressed={}", suppressed);
  line += '\n';
  settings_.write(line);
  if (observer_) observer_({level, event, fields, suppressed});
}

void Logger::observe(Observer observer) {
  const std::lock_guard lock(mutex_);
  observer_ = std::move(observer);
}

}  // namespace encluster::control
