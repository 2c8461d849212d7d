#include "options.hpp"

#include <fmt/format.h>

#include <charconv>

#include "command_line.hpp"

namespace encluster::bench {

namespace {

std::size_t parse_repetitions(std::string_view text) {
  constexpr std::size_t kFewest = 7;
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || number < kFewest) {
    throw UsageError("--repetitions takes a number from 7 on");
  }
  return number;
}

}  // namespace

Options parse_options(std::span<char* const> arguments,
                      const std::function<bool(std::string_view)>& own) {
  Options options;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string_view option = arguments[i];
    const auto value = [&]() -> std::string_view {
      if (++i == arguments.size()) throw UsageError(fmt::format("{} takes a value", option));
      return arguments[i];
    };
    if (option == "--repetitions") {
      options.plan.repetitions = parse_repetitions(value());
    } else if (option == "--json") {
      options.json = value();
    } else if (option == "--large") {
      options.large = true;
    } else if (option == "--small-pages") {
      options.small_pages = true;
    } else if (option == "--check") {
      options.check = true;
    } else if (option == "--help") {
      options.help = true;
    } else if (!own(option)) {
      throw UsageError(fmt::format("unknown option {}", option));
    }
  }
  return options;
}

}  // namespace encluster::bench
