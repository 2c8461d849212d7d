#include "control/sysctl.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fstream>

#include "control/kernel_error.hpp"

namespace encluster::control {

std::string Sysctls::get(const std::string& key) const {
  std::ifstream file(root_ / key);
  if (!file) throw KernelError(fmt::format("cannot read sysctl {}: {}", key, std::strerror(errno)));
  std::string value;
  std::getline(file, value);
  return value;
}

void Sysctls::set(const std::string& key, const std::string& value) const {
  if (has(key) && get(key) == value) return;
  std::ofstream file(root_ / key);
  file << value << std::flush;
  if (!file) {
    throw KernelError(
        fmt::format("cannot set sysctl {} to \"{}\": {}", key, value, std::strerror(errno)));
  }
}

bool Sysctls::has(const std::string& key) const { return std::filesystem::exists(root_ / key); }

}  // namespace encluster::control
