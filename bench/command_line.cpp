#include "command_line.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cstdio>

namespace encluster::bench {

std::size_t parse_repetitions(std::string_view text) {
  constexpr std::size_t kFewest = 7;
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || number < kFewest) {
    throw UsageError("--repetitions takes a number from 7 on");
  }
  return number;
}

int run_program(std::string_view name, std::string_view usage,
                const std::function<void()>& program) {
  try {
    program();
    return 0;
  } catch (const UsageError& error) {
    fmt::print(stderr, "{}: {}\n{}", name, error.what(), usage);
    return 2;
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}: {}\n", name, error.what());
    return 1;
  }
}

}  // namespace encluster::bench
