// What the benchmarks' command lines have in common.
#pragma once

#include <functional>
#include <stdexcept>
#include <string_view>

namespace encluster::bench {

struct UsageError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Runs a program and prints what it throws, with `usage` where the command line was wrong.
/// @return the exit status
int run_program(std::string_view name, std::string_view usage,
                const std::function<void()>& program);

}  // namespace encluster::bench
