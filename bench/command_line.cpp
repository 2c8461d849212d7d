#include "command_line.hpp"

#include <fmt/format.h>

#include <cstdio>

namespace encluster::bench {

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
