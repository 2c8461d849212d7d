#include "rest/exposition.hpp"

#include <fmt/format.h>

#include <iterator>

namespace encluster::rest {

namespace {

constexpr std::string_view kOpenMetrics = "application/openmetrics-text";

std::string escaped(std::string_view value) {
  std::string text;
  for (const char c : value) {
    if (c == '\\' || c == '"') text += '\\';
    text += c == '\n' ? std::string("\\n") : std::string(1, c);
  }
  return text;
}

}  // namespace

void Exposition::family(const MetricFamily& family) {
  const bool counter = family.type == MetricType::counter;
  sample_name_ = std::string(family.name) + (counter ? "_total" : "");
  const std::string_view name = format_ == Format::open_metrics ? family.name : sample_name_;
  fmt::format_to(std::back_inserter(text_), "# HELP {} {}\n# TYPE {} {}\n", name, family.help, name,
                 counter ? "counter" : "gauge");
}

void Exposition::begin_sample(Labels labels) {
  text_ += sample_name_;
  char before = '{';
  for (const auto& [name, value] : labels) {
    fmt::format_to(std::back_inserter(text_), "{}{}=\"{}\"", before, name, escaped(value));
    before = ',';
  }
  if (labels.size() != 0) text_ += '}';
}

void Exposition::sample(Labels labels, std::uint64_t value) {
  begin_sample(labels);
  fmt::format_to(std::back_inserter(text_), " {}\n", value);
}

void Exposition::sample(Labels labels, double value) {
  begin_sample(labels);
  fmt::format_to(std::back_inserter(text_), " {}\n", value);
}

std::string Exposition::text() && {
  if (format_ == Format::open_metrics) text_ += "# EOF\n";
  return std::move(text_);
}

Exposition::Format format_for(std::string_view accept) {
  return accept.find(kOpenMetrics) != std::string_view::npos ? Exposition::Format::open_metrics
                                                             : Exposition::Format::prometheus;
}

const char* content_type_of(Exposition::Format format) noexcept {
  return format == Exposition::Format::open_metrics
             ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
             : "text/plain; version=0.0.4; charset=utf-8";
}

}  // namespace encluster::rest
