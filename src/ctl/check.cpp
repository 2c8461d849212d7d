#include "ctl/check.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

namespace encluster::ctl {

namespace fs = std::filesystem;

namespace {

constexpr const char* kProgram = "enclusterd";

bool can_run(const fs::path& program) {
  std::error_code unknown;  // of a folder that may not be looked into: then it is not there
  return fs::is_regular_file(program, unknown) && access(program.c_str(), X_OK) == 0;
}

}  // namespace

std::optional<fs::path> find_gateway_program(const fs::path& own_folder,
                                             std::string_view search_path) {
  std::vector<fs::path> folders{own_folder, own_folder.parent_path() / "sbin"};
  while (!search_path.empty()) {
    const std::string_view folder = search_path.substr(0, search_path.find(':'));
    if (!folder.empty()) folders.emplace_back(folder);
    search_path.remove_prefix(std::min(folder.size() + 1, search_path.size()));
  }
  for (const fs::path& folder : folders) {
    if (can_run(folder / kProgram)) return folder / kProgram;
  }
  return std::nullopt;
}

void check_configuration(const fs::path& config) {
  std::error_code unknown;
  const fs::path own = fs::read_symlink("/proc/self/exe", unknown).parent_path();
  const char* const search_path = std::getenv("PATH");
  const auto program = find_gateway_program(own, search_path == nullptr ? "" : search_path);
  if (!program.has_value()) {
    throw std::runtime_error(fmt::format(
        "there is no program enclusterd beside enclusterctl, in {} or in PATH: install it here, or "
        "run the check on the gateway",
        (own.parent_path() / "sbin").string()));
  }
  execl(program->c_str(), kProgram, "--config", config.c_str(), "--check", nullptr);
  throw std::system_error(errno, std::generic_category(), program->string());
}

}  // namespace encluster::ctl
