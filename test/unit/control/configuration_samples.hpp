// Configurations for tests, and what the parser says about wrong ones.
#pragma once

#include <fmt/format.h>

#include <string>
#include <vector>

#include "control/configuration_error.hpp"
#include "control/parse_configuration.hpp"

namespace encluster::control {

/// One network, two nodes, no services. Nothing that has a default.
inline const std::string kSmall = R"(cluster: {name: demo}
networks:
  - {name: campus, device: "net_null0", address: 192.0.2.1/24}
interconnect: {device: "net_null1", address: 10.77.0.1/24}
nodes:
  - {name: alpha, id: 1, address: 10.77.0.11}
  - {name: beta, id: 2, address: 10.77.0.12}
)";

/// The first line of what is added to kSmall.
inline constexpr int kAddedLine = 8;

inline Configuration parse(const std::string& text) {
  return parse_configuration_text(text, "dir/test.yaml");
}

/// kSmall with one part of it replaced.
inline std::string changed(const std::string& part, const std::string& replacement) {
  std::string text = kSmall;
  const std::size_t at = text.find(part);
  if (at == std::string::npos) throw std::logic_error("kSmall has no " + part);
  return text.replace(at, part.size(), replacement);
}

/// The problems found in a text, each as `LINE KEY`.
inline std::vector<std::string> problems_in(const std::string& text) {
  std::vector<std::string> problems;
  try {
    static_cast<void>(parse(text));
  } catch (const ConfigurationError& error) {
    for (const ConfigurationProblem& problem : error.problems()) {
      problems.push_back(fmt::format("{} {}", problem.line, problem.key));
    }
  }
  return problems;
}

/// The whole message; empty if the text is right.
inline std::string message_for(const std::string& text) {
  try {
    static_cast<void>(parse(text));
  } catch (const ConfigurationError& error) {
    return error.what();
  }
  return "";
}

using Problems = std::vector<std::string>;

}  // namespace encluster::control
