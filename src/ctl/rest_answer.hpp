// How commands ask the gateway, and take its answers.
#pragma once

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <chrono>
#include <ostream>
#include <stdexcept>
#include <string>
#include <thread>
#include <type_traits>

#include "ctl/rest_client.hpp"
#include "ctl/rest_options.hpp"

namespace encluster::ctl {

/// @throws std::runtime_error saying what is wrong with the options
[[nodiscard]] inline RestClient client_of(const RestOptions& options) {
  return {parse_rest_url(options.url), read_rest_token(options.token_file)};
}

/// Asks again when the gateway is too busy, a few times.
template <typename Ask>
[[nodiscard]] std::string patiently(Ask ask) {
  constexpr int kAttempts = 5;
  constexpr std::chrono::seconds kPause{1};
  for (int attempt = 1;; ++attempt) {
    try {
      return ask();
    } catch (const BusyError&) {
      if (attempt == kAttempts) throw;
    }
    std::this_thread::sleep_for(kPause);
  }
}

/// What `use` makes of answers. @throws std::runtime_error if they are not as documented
template <typename Use>
auto as_documented(Use use) {
  constexpr const char* kStrange = "the gateway's answer is not what docs/rest-api.yaml says";
  try {
    return use();
  } catch (const boost::system::system_error&) {
    throw std::runtime_error(kStrange);
  } catch (const std::logic_error&) {
    throw std::runtime_error(kStrange);
  }
}

/// Calls with the parsed answer. @throws as as_documented()
template <typename Use>
auto with_answer(const std::string& answer, Use use) {
  return as_documented([&] { return use(boost::json::parse(answer)); });
}

/// The answer as it is, or what `text` makes of it: for the output's style, if it takes one.
template <typename Text>
void show(const RestOptions& options, const std::string& answer, std::ostream& output, Text text) {
  if (options.json) {
    output << answer;
  } else if constexpr (std::is_invocable_v<Text, boost::json::value, Style>) {
    output << with_answer(
        answer, [&](const boost::json::value& parsed) { return text(parsed, options.style); });
  } else {
    output << with_answer(answer, text);
  }
}

}  // namespace encluster::ctl
