// Metrics as text: OpenMetrics 1.0, or what Prometheus took before (exposition format 0.0.4), which
// differ in how counters are named and where the text ends.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace encluster::rest {

enum class MetricType : std::uint8_t { counter, gauge };

/// Samples with the same meaning. Texts are the program's own.
struct MetricFamily {
  std::string_view name;  ///< without `_total`
  MetricType type = MetricType::gauge;
  std::string_view help;  ///< a sentence
};

/// Writes families one after the other, each with its samples.
class Exposition {
 public:
  enum class Format : std::uint8_t { open_metrics, prometheus };
  using Labels = std::initializer_list<std::pair<std::string_view, std::string_view>>;

  explicit Exposition(Format format) : format_(format) {}

  /// What follows belongs to it. Once for each name.
  void family(const MetricFamily& family);
  /// @param labels names of the program's own, and any values
  void sample(Labels labels, std::uint64_t value);
  void sample(Labels labels, double value);

  /// The whole text. Nothing may follow.
  [[nodiscard]] std::string text() &&;

 private:
  void begin_sample(Labels labels);

  Format format_;
  std::string sample_name_;
  std::string text_;
};

/// What the caller takes (RFC 9110, section 12.5.1). @param accept empty: anything
[[nodiscard]] Exposition::Format format_for(std::string_view accept);
[[nodiscard]] const char* content_type_of(Exposition::Format format) noexcept;

}  // namespace encluster::rest
