// Structured logs: one line an event, as `key=value` pairs (logfmt).
#pragma once

#include <chrono>
#include <concepts>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <map>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <variant>

namespace encluster::control {

enum class LogLevel : std::uint8_t { info, warning, error };

[[nodiscard]] std::string_view name_of(LogLevel level) noexcept;

/// A key and its value. Texts are only viewed: a field must not outlive the call it is made for.
class LogField {
 public:
  /// @param key a word; never from outside the program
  LogField(std::string_view key, std::string_view value) : key_(key), value_(value) {}
  LogField(std::string_view key, bool value) : key_(key), value_(value) {}
  template <std::signed_integral Number>
  LogField(std::string_view key, Number value)
      : key_(key), value_(static_cast<std::int64_t>(value)) {}
  template <std::unsigned_integral Number>
  LogField(std::string_view key, Number value)
      : key_(key), value_(static_cast<std::uint64_t>(value)) {}
  /// Without these, a pointer to characters would become a bool.
  LogField(std::string_view key, const char* value) : LogField(key, std::string_view(value)) {}
  LogField(std::string_view key, const std::string& value)
      : LogField(key, std::string_view(value)) {}

  using Value = std::variant<bool, std::int64_t, std::uint64_t, std::string_view>;

  [[nodiscard]] std::string_view key() const noexcept { return key_; }
  /// As it is: a text may hold anything.
  [[nodiscard]] const Value& value() const noexcept { return value_; }
  /// As in the log: quoted and escaped where needed, so that no value, whoever chose it, can start
  /// another line, look like another field, or reach a terminal as a control character.
  [[nodiscard]] std::string text() const;

 private:
  std::string_view key_;
  Value value_;
};

/// What one line says. Views: it lasts no longer than the call that is told of it.
struct LogLine {
  LogLevel level = LogLevel::info;
  std::string_view event;
  std::span<const LogField> fields;
  std::uint64_t suppressed = 0;  ///< of this event, since its line before
};

struct LogSettings {
  using Clock = std::chrono::steady_clock;

  std::function<void(const std::string& line)> write;  ///< gets whole lines, newline included
  std::function<Clock::time_point()> now;
  bool priorities = false;  ///< prefix lines with `<N>`, which systemd takes for the level
};

/// Standard error; with priorities if it leads to systemd's journal (JOURNAL_STREAM, systemd.exec).
[[nodiscard]] LogSettings standard_error_log();

/// Writes `level=info event=ready workers=1`. Each event may occur kBurst times at once and once a
/// second thereafter; what exceeds that is counted, and told by the event's next line as
/// `suppressed=N`.
///
/// Any thread but a worker may call it: it locks, allocates and writes.
class Logger {
 public:
  using Observer = std::function<void(const LogLine&)>;

  /// Room for a status in several lines of one name.
  static constexpr std::int64_t kBurst = 64;

  explicit Logger(LogSettings settings = standard_error_log()) : settings_(std::move(settings)) {}

  /// @param event a word that names the kind of event; never from outside the program
  void info(std::string_view event, std::initializer_list<LogField> fields) {
    log(LogLevel::info, event, fields);
  }
  void warning(std::string_view event, std::initializer_list<LogField> fields) {
    log(LogLevel::warning, event, fields);
  }
  void error(std::string_view event, std::initializer_list<LogField> fields) {
    log(LogLevel::error, event, fields);
  }
  void log(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) {
    log(level, event, std::span(fields.begin(), fields.size()));
  }
  void log(LogLevel level, std::string_view event, std::span<const LogField> fields);

  /// Told of each line that is written, by the thread that logs, under a lock: it must not log.
  /// Null: nobody is. When this returns, the observer before is not called any more.
  void observe(Observer observer);

 private:
  /// How often an event may still occur.
  struct Allowance {
    std::int64_t left = kBurst;
    LogSettings::Clock::time_point refilled;
    std::uint64_t suppressed = 0;
  };

  [[nodiscard]] Allowance& allowance_of(std::string_view event);

  LogSettings settings_;
  std::mutex mutex_;
  std::map<std::string, Allowance, std::less<>> allowances_;
  Observer observer_;
};

}  // namespace encluster::control
