#include "control/configuration_error.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace encluster::control {

namespace {

constexpr std::size_t kShownProblems = 20;
constexpr std::size_t kKeptProblems = 1000;
constexpr std::size_t kShownCharacters = 60;
constexpr std::size_t kMaxValues = 200'000;

std::string text_of(const std::filesystem::path& file,
                    const std::vector<ConfigurationProblem>& problems) {
  std::string text;
  for (const ConfigurationProblem& problem : problems) {
    if (!text.empty()) text += '\n';
    text += fmt::format("{}:{}: {}: {}", file.string(), problem.line, problem.key, problem.text);
  }
  return text;
}

}  // namespace

int ConfigurationPlaces::line_of(std::string key) const {
  while (!key.empty()) {
    if (const auto found = lines_.find(key); found != lines_.end()) return found->second;
    const std::size_t separator = key.find_last_of(".[");
    key.resize(separator == std::string::npos ? 0 : separator);
  }
  return 1;
}

ConfigurationError::ConfigurationError(std::filesystem::path file,
                                       std::vector<ConfigurationProblem> problems)
    : std::runtime_error(text_of(file, problems)),
      file_(std::move(file)),
      problems_(std::move(problems)) {}

void ConfigurationReport::add(ConfigurationProblem problem) {
  if (problems_.size() < kKeptProblems) problems_.push_back(std::move(problem));
}

void ConfigurationReport::refuse(const std::string& key, std::string_view found,
                                 std::string_view allowed) {
  refuse_at(places_.line_of(key), key, found, allowed);
}

void ConfigurationReport::refuse_at(int line, const std::string& key, std::string_view found,
                                    std::string_view allowed) {
  // The root has no key of its own.
  add({line, key.empty() ? "document" : key, fmt::format("found {}; allowed: {}", found, allowed)});
}

void ConfigurationReport::complain(const std::string& key, std::string text) {
  add({places_.line_of(key), key, std::move(text)});
}

void ConfigurationReport::count_values(std::size_t more) {
  values_ += more;
  if (values_ <= kMaxValues) return;
  problems_.clear();
  refuse_at(1, "document", "aliases that multiply the file's contents",
            fmt::format("at most {} values", kMaxValues));
  raise();
}

void ConfigurationReport::raise() const {
  auto problems = problems_;
  std::ranges::stable_sort(problems, {}, &ConfigurationProblem::line);
  problems.resize(std::min(problems.size(), kShownProblems));
  throw ConfigurationError(places_.file(), std::move(problems));
}

std::string shown(std::string_view value) {
  std::string text = "'";
  for (const char character : value.substr(0, kShownCharacters)) {
    const auto byte = static_cast<unsigned char>(character);
    if (byte < 0x20 || byte >= 0x7f) {
      text += fmt::format("\\x{:02x}", byte);
    } else {
      text += character;
    }
  }
  return text + (value.size() > kShownCharacters ? "...'" : "'");
}

}  // namespace encluster::control
