#pragma once

#include <filesystem>
#include <string>

namespace encluster::control {

/// Kernel settings, as files below /proc/sys. Those of net/ are the calling thread's network
/// namespace's. `key` is a path: "net/ipv4/ip_forward".
class Sysctls {
 public:
  explicit Sysctls(std::filesystem::path root = "/proc/sys") : root_(std::move(root)) {}

  /// The value without its newline. @throws KernelError
  [[nodiscard]] std::string get(const std::string& key) const;

  /// Writes unless the value is there already: /proc/sys may be read-only in a container.
  /// @throws KernelError
  void set(const std::string& key, const std::string& value) const;

  /// False where this kernel has no such setting.
  [[nodiscard]] bool has(const std::string& key) const;

 private:
  std::filesystem::path root_;
};

}  // namespace encluster::control
