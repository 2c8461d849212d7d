#include "agent/tree_file.hpp"

#include <fmt/format.h>

#include <exception>
#include <fstream>
#include <stdexcept>
#include <utility>

#include "control/configuration_format.hpp"
#include "control/replace_file.hpp"

namespace encluster::agent {

using agent_protocol::TreeEntry;

namespace {

constexpr std::string_view kTitle = "tree 1";

/// `ADDRESS NODE PATH`: a path may have blanks.
TreeEntry parse_entry(const std::string& line) {
  const auto first = line.find(' ');
  const auto second = first == std::string::npos ? first : line.find(' ', first + 1);
  if (second == std::string::npos) throw std::runtime_error("a line that is no entry");
  const auto address = control::host_address().parse(line.substr(0, first));
  const auto path = control::absolute_path().parse(line.substr(second + 1));
  if (!address || !path) throw std::runtime_error("a line that is no entry");
  return {*path, line.substr(first + 1, second - first - 1), *address};
}

}  // namespace

std::filesystem::path tree_file(const std::filesystem::path& socket) {
  return socket.parent_path() / "tree";
}

std::vector<TreeEntry> read_tree(const std::filesystem::path& file) {
  std::ifstream lines(file);
  std::string line;
  if (!std::getline(lines, line)) {
    throw std::runtime_error(fmt::format(
        "{} is not there: the agent writes it when it has joined a gateway; is it running?",
        file.string()));
  }
  std::vector<TreeEntry> entries;
  try {
    if (line != kTitle) throw std::runtime_error("another title");
    while (std::getline(lines, line)) entries.push_back(parse_entry(line));
  } catch (const std::runtime_error& problem) {
    throw std::runtime_error(
        fmt::format("{}: {}; restart the agent", file.string(), problem.what()));
  }
  return entries;
}

void TreeFile::take(const agent_protocol::Tree& part) {
  for (const TreeEntry& entry : part.entries) {
    if (entries_.size() < agent_protocol::kMaxTree) entries_.push_back(entry);
  }
  if (!part.last) return;
  std::string text = fmt::format("{}\n", kTitle);
  for (const auto& [path, node, address] : std::exchange(entries_, {})) {
    text += fmt::format("{} {} {}\n", control::to_text(address), node, path);
  }
  try {
    control::replace_file(file_, text, control::Readable::by_all);
  } catch (const std::exception& problem) {
    log_.error("tree_not_kept", {{"problem", problem.what()}});
  }
}

}  // namespace encluster::agent
