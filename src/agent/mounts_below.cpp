#include "agent/mounts_below.hpp"

#include <algorithm>
#include <sstream>

namespace encluster::agent {

namespace {

constexpr int kMountPoint = 4;  ///< words before it (proc_pid_mountinfo(5))

bool is_octal(char c) { return c >= '0' && c <= '7'; }

/// Blanks, tabs, line ends and backslashes are written as a backslash and three octal digits.
std::string unescaped(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::string_view code = text.substr(i + 1, 3);
    if (text[i] != '\\' || code.size() < 3 || !std::ranges::all_of(code, is_octal)) {
      result += text[i];
      continue;
    }
    result += static_cast<char>((code[0] - '0') << 6 | (code[1] - '0') << 3 | (code[2] - '0'));
    i += code.size();
  }
  return result;
}

}  // namespace

std::vector<std::string> mounts_below(std::string_view directory, std::string_view mountinfo) {
  const std::string prefix = directory == "/" ? "/" : std::string(directory) + '/';
  std::vector<std::string> found;
  std::istringstream lines{std::string(mountinfo)};
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string word;
    for (int i = 0; i <= kMountPoint; ++i) words >> word;
    if (!words) continue;
    std::string place = unescaped(word);
    if (place.starts_with(prefix) && place.size() > prefix.size()) found.push_back(place);
  }
  std::ranges::sort(found);
  found.erase(std::unique(found.begin(), found.end()), found.end());
  return found;
}

}  // namespace encluster::agent
