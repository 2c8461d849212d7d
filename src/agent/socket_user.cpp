#include "agent/socket_user.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "agent/machine.hpp"
#include "control/configuration_format.hpp"

namespace encluster::agent {

namespace {

namespace fs = std::filesystem;

/// Links that are read at most, and processes that are looked at.
constexpr int kMaxLinks = 16384;
constexpr int kMaxProcesses = 16384;

/// Whether one of the process's files is that. Counts the links that are left.
bool has_open(const fs::path& process, const std::string& file, int& links) {
  std::error_code error;
  fs::directory_iterator entry(process / "fd", fs::directory_options::skip_permission_denied,
                               error);
  while (!error && entry != fs::directory_iterator() && links-- > 0) {
    std::error_code unread;
    if (fs::read_symlink(entry->path(), unread) == file) return true;
    entry.increment(error);
  }
  return false;
}

}  // namespace

std::optional<SocketUser> find_socket_user(std::uint32_t inode) {
  const std::string file = fmt::format("socket:[{}]", inode);
  int links = kMaxLinks;
  int processes = kMaxProcesses;
  std::error_code error;
  fs::directory_iterator entry("/proc", error);
  while (!error && entry != fs::directory_iterator() && links > 0) {
    const fs::path path = entry->path();
    const auto number = control::parse_number(path.filename().string());
    if (number && processes-- <= 0) break;
    if (number && has_open(path, file, links)) {
      std::string command = read_file((path / "comm").c_str());
      if (command.ends_with('\n')) command.pop_back();
      return SocketUser{static_cast<std::uint32_t>(*number), std::move(command)};
    }
    entry.increment(error);
  }
  return std::nullopt;
}

}  // namespace encluster::agent
