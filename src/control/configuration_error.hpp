// What is wrong with a configuration, and where: file, line, key, what was found, what is allowed.
#pragma once

#include <filesystem>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace encluster::control {

/// Lines of a configuration file by key. A key is written as a path: `services[2].port`, counting
/// from 0.
class ConfigurationPlaces {
 public:
  ConfigurationPlaces() = default;
  explicit ConfigurationPlaces(std::filesystem::path file) : file_(std::move(file)) {}

  void note(const std::string& key, int line) { lines_.emplace(key, line); }

  [[nodiscard]] const std::filesystem::path& file() const noexcept { return file_; }

  /// The line of the key, from 1; of a key that is not in the file, that of the innermost part that
  /// is.
  [[nodiscard]] int line_of(std::string key) const;

 private:
  std::filesystem::path file_;
  std::map<std::string, int> lines_;
};

struct ConfigurationProblem {
  int line = 0;  ///< from 1; 0 where the file could not be read at all
  std::string key;
  std::string text;  ///< "found X; allowed: Y"
};

/// what() has one line a problem, in the order of the file: `FILE:LINE: KEY: found X; allowed: Y`.
class ConfigurationError : public std::runtime_error {
 public:
  /// @pre problems is not empty.
  ConfigurationError(std::filesystem::path file, std::vector<ConfigurationProblem> problems);

  [[nodiscard]] const std::filesystem::path& file() const noexcept { return file_; }
  [[nodiscard]] const std::vector<ConfigurationProblem>& problems() const noexcept {
    return problems_;
  }
  /// Of the first problem.
  [[nodiscard]] int line() const noexcept { return problems_.front().line; }
  [[nodiscard]] const std::string& key() const noexcept { return problems_.front().key; }

 private:
  std::filesystem::path file_;
  std::vector<ConfigurationProblem> problems_;
};

/// Collects problems, so that an operator sees all of them at once.
class ConfigurationReport {
 public:
  explicit ConfigurationReport(ConfigurationPlaces places) : places_(std::move(places)) {}

  void note(const std::string& key, int line) { places_.note(key, line); }
  /// Adds a problem at the key's noted line.
  void refuse(const std::string& key, std::string_view found, std::string_view allowed);
  void refuse_at(int line, const std::string& key, std::string_view found,
                 std::string_view allowed);
  /// The same with a text that somebody else made, such as a plugin's.
  void complain(const std::string& key, std::string text);

  /// Counts values read. A file within the size limit can exceed the bound only by aliases that
  /// multiply each other. @throws ConfigurationError
  void count_values(std::size_t more);

  [[nodiscard]] const ConfigurationPlaces& places() const noexcept { return places_; }
  /// @throws ConfigurationError with the first problems by line
  /// @pre there are any
  [[noreturn]] void raise() const;
  /// @throws ConfigurationError, if there are problems
  void raise_if_any() const {
    if (!problems_.empty()) raise();
  }

 private:
  void add(ConfigurationProblem problem);

  ConfigurationPlaces places_;
  std::vector<ConfigurationProblem> problems_;
  std::size_t values_ = 0;
};

/// The value in quotes, shortened, and with anything unprintable escaped: safe to show.
[[nodiscard]] std::string shown(std::string_view value);

}  // namespace encluster::control
