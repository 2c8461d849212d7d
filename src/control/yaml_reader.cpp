#include "control/yaml_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

namespace encluster::control {

namespace {

constexpr std::size_t kMaxKeys = 64;
constexpr std::size_t kMaxShownKey = 40;
constexpr std::size_t kSuggestionDistance = 2;

/// Insertions, deletions and replacements that turn one word into the other (Levenshtein).
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, diagonal + 1, row[j] + 1});
    }
  }
  return row.back();
}

std::string suggestion(std::string_view unknown, const std::vector<std::string>& known) {
  const std::string* best = nullptr;
  std::size_t least = kSuggestionDistance + 1;
  for (const std::string& word : known) {
    const bool comparable = unknown.size() <= word.size() + kSuggestionDistance;
    const std::size_t edits = comparable ? distance(unknown, word) : least;
    if (edits < least && edits < word.size()) {
      best = &word;
      least = edits;
    }
  }
  return best == nullptr ? "" : fmt::format(" (did you mean {}?)", *best);
}

/// Marks of nodes that the file doesn't spell out are -1.
int line_of(const YAML::Node& node) { return node.Mark().line + 1; }

}  // namespace

std::optional<std::string> YamlValue::scalar() const {
  if (!node_ || !node_->IsScalar()) return std::nullopt;
  return node_->Scalar();
}

std::string YamlValue::found() const {
  if (!node_ || node_->IsNull()) return "nothing";
  if (node_->IsSequence()) return "a list";
  if (node_->IsMap()) return "a mapping";
  return shown(node_->Scalar());
}

std::vector<YamlValue> YamlValue::items(std::size_t limit) const {
  if (!node_ || node_->IsNull()) return {};
  if (!node_->IsSequence()) {
    refuse("a list");
    return {};
  }
  if (node_->size() > limit) {
    report_->refuse(key_, fmt::format("a list of {}", node_->size()),
                    fmt::format("a list of at most {}", limit));
    return {};
  }
  report_->count_values(node_->size());
  std::vector<YamlValue> items;
  for (const YAML::Node& item : *node_) {
    items.emplace_back(item, fmt::format("{}[{}]", key_, items.size()), *report_);
    if (line_of(item) > 0) report_->note(items.back().key(), line_of(item));
  }
  return items;
}

YamlSection::YamlSection(const YamlValue& value) : key_(value.key_), report_(value.report_) {
  if (!value.present()) return;
  const YAML::Node& node = *value.node_;
  readable_ = node.IsMap() && node.size() <= kMaxKeys;
  if (!node.IsMap()) {
    value.refuse("a mapping");
    return;
  }
  if (!readable_) {
    report_->refuse(key_, fmt::format("{} keys", node.size()),
                    fmt::format("at most {} keys", kMaxKeys));
    return;
  }
  report_->count_values(node.size());
  for (const auto& entry : node) add(entry.first, entry.second);
}

void YamlSection::add(const YAML::Node& key, const YAML::Node& value) {
  if (!key.IsScalar()) {
    report_->refuse_at(line_of(key), key_, "a key that is not a word", "words as keys");
    return;
  }
  const std::string name = key_of(key.Scalar());
  if (!entries_.emplace(key.Scalar(), value).second) {
    report_->refuse_at(
        line_of(key), name,
        fmt::format("a second one (first in line {})", report_->places().line_of(name)),
        "each key once");
    return;
  }
  report_->note(name, line_of(key));
}

std::string YamlSection::key_of(const std::string& name) const {
  const auto plain = [](char c) { return c > 0x20 && c < 0x7f; };
  const bool showable =
      !name.empty() && name.size() <= kMaxShownKey && std::ranges::all_of(name, plain);
  const std::string safe = showable ? name : shown(name);
  return key_.empty() ? safe : key_ + '.' + safe;
}

YamlValue YamlSection::value(const std::string& key) {
  if (std::ranges::find(asked_, key) == asked_.end()) asked_.push_back(key);
  const auto entry = entries_.find(key);
  std::optional<YAML::Node> node;
  if (entry != entries_.end()) node.emplace(entry->second);
  return {std::move(node), key_of(key), *report_};
}

std::vector<std::string> YamlSection::others() {
  std::vector<std::string> names;
  for (const auto& [name, node] : entries_) {
    if (std::ranges::find(asked_, name) == asked_.end()) names.push_back(name);
  }
  asked_.insert(asked_.end(), names.begin(), names.end());
  return names;
}

void YamlSection::finish() const {
  for (const auto& [name, node] : entries_) {
    if (std::ranges::find(asked_, name) != asked_.end()) continue;
    const std::string allowed = fmt::format("{}", fmt::join(asked_, ", "));
    report_->refuse(key_of(name), "an unknown key", allowed + suggestion(name, asked_));
  }
}

}  // namespace encluster::control
