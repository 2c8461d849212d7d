// Typed access to a YAML tree: every value with its place, every problem reported, no key ignored.
#pragma once

#include <yaml-cpp/yaml.h>

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "control/configuration_error.hpp"
#include "control/configuration_format.hpp"

namespace encluster::control {

/// A value, or the lack of one, under a key such as `services[2].port`.
class YamlValue {
 public:
  /// @param node nothing if the key is absent
  YamlValue(std::optional<YAML::Node> node, std::string key, ConfigurationReport& report)
      : node_(std::move(node)), key_(std::move(key)), report_(&report) {}

  [[nodiscard]] bool present() const noexcept { return node_.has_value(); }
  [[nodiscard]] bool is_list() const { return node_.has_value() && node_->IsSequence(); }
  /// @pre is_list()
  [[nodiscard]] std::size_t list_size() const { return node_->size(); }
  [[nodiscard]] const std::string& key() const noexcept { return key_; }
  [[nodiscard]] ConfigurationReport& report() const noexcept { return *report_; }

  /// The typed value; nothing, and a problem reported, if the format doesn't allow it.
  template <typename T>
  [[nodiscard]] std::optional<T> as(const Format<T>& format) const {
    std::optional<T> value;
    if (const auto text = scalar()) value = format.parse(*text);
    if (!value) refuse(format.allowed);
    return value;
  }

  /// The items of a list; of an absent or empty value, none.
  [[nodiscard]] std::vector<YamlValue> items(std::size_t limit) const;

  /// The value is not what is allowed.
  void refuse(std::string_view allowed) const { report_->refuse(key_, found(), allowed); }

 private:
  friend class YamlSection;

  [[nodiscard]] std::optional<std::string> scalar() const;
  [[nodiscard]] std::string found() const;

  std::optional<YAML::Node> node_;
  std::string key_;
  ConfigurationReport* report_;
};

/// A mapping whose keys are asked for one by one. finish() reports the keys nobody asked for.
class YamlSection {
 public:
  /// Something that is not a mapping is reported, and then read as an empty one.
  explicit YamlSection(const YamlValue& value);

  [[nodiscard]] bool has(const std::string& key) const { return entries_.contains(key); }
  [[nodiscard]] YamlValue value(const std::string& key);

  /// Reads a key that must be there. `target` keeps its value if there is a problem.
  template <typename T>
  void require(const std::string& key, T& target, const Format<T>& format) {
    const YamlValue found = value(key);
    if (!readable_) return;
    if (auto read = found.as(format)) target = std::move(*read);
  }
  /// Reads a key that may be missing: then `target` keeps its value, the default.
  template <typename T>
  void read(const std::string& key, T& target, const Format<T>& format) {
    const YamlValue found = value(key);
    if (found.present()) require(key, target, format);
  }
  /// Reads a key whose absence means something.
  template <typename T>
  void read(const std::string& key, std::optional<T>& target, const Format<T>& format) {
    const YamlValue found = value(key);
    if (found.present()) target = found.as(format);
  }

  /// The keys nobody has asked for, in order; asks for them.
  [[nodiscard]] std::vector<std::string> others();
  [[nodiscard]] const std::string& key() const noexcept { return key_; }
  [[nodiscard]] ConfigurationReport& report() const noexcept { return *report_; }
  /// False where there was no mapping: that is reported, and what is missing would be noise.
  [[nodiscard]] bool readable() const noexcept { return readable_; }

  /// Reports every key that nobody has asked for as unknown.
  void finish() const;

 private:
  void add(const YAML::Node& key, const YAML::Node& value);
  [[nodiscard]] std::string key_of(const std::string& name) const;

  std::string key_;
  ConfigurationReport* report_;
  bool readable_ = true;
  std::map<std::string, YAML::Node> entries_;
  std::vector<std::string> asked_;
};

}  // namespace encluster::control
