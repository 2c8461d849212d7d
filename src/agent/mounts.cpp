#include "agent/mounts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <stdexcept>

#include "agent/octal_escapes.hpp"
#include "control/configuration_format.hpp"
#include "control/directory.hpp"

namespace encluster::agent {

using agent_protocol::TreeEntry;

namespace {

// A node that is down must not keep another from starting, nor cut what waits for it.
constexpr const char* kNfsOptions = "hard,nofail,_netdev";

void refuse_loops(const std::vector<TreeEntry>& tree) {
  for (const TreeEntry& outer : tree) {
    for (const TreeEntry& inner : tree) {
      if (inner.node == outer.node || inner.path == outer.path) continue;
      if (!control::lies_in(inner.path, outer.path)) continue;
      throw std::runtime_error(fmt::format(
          "{} of {} lies in {} of {}: mounted on both nodes, each would be in the other; move one "
          "of the two",
          inner.path, inner.node, outer.path, outer.node));
    }
  }
}

/// As fstab(5) wants it.
std::string escaped(const std::string& text) { return with_octal_escapes(text, " \\#"); }

/// As systemd-escape --path does.
std::string unit_name(const std::string& path) {
  if (path == "/") return "-.mount";
  std::string name;
  for (std::size_t i = 1; i < path.size(); ++i) {
    const char c = path[i];
    const bool plain = std::isalnum(static_cast<unsigned char>(c)) != 0 || c == ':' || c == '_' ||
                       (c == '.' && i != 1);
    if (c == '/') {
      name += '-';
    } else {
      name += plain
                  ? std::string(1, c)
                  : fmt::format("\\x{:02x}", static_cast<unsigned>(static_cast<unsigned char>(c)));
    }
  }
  return name + ".mount";
}

/// In units, % begins a specifier.
std::string without_specifiers(const std::string& text) {
  std::string result;
  for (const char c : text) result += c == '%' ? std::string("%%") : std::string(1, c);
  return result;
}

}  // namespace

std::vector<Mount> mounts_of(const AgentConfiguration& configuration,
                             const std::vector<TreeEntry>& tree) {
  refuse_loops(tree);
  std::vector<Mount> mounts;
  for (const TreeEntry& entry : tree) {
    if (entry.node == configuration.node) continue;
    mounts.push_back(
        {fmt::format("{}:{}", control::to_text(entry.address), entry.path), entry.path});
  }
  for (const ConfiguredExport& own : configuration.exports) {
    if (own.directory != own.path) mounts.push_back({own.directory, own.path, true});
  }
  std::ranges::sort(mounts, {}, &Mount::where);
  return mounts;
}

std::string as_fstab(const std::vector<Mount>& mounts) {
  std::string text = "# Made by encluster-agent mounts.\n";
  for (const auto& [what, where, bind] : mounts) {
    text += fmt::format("{} {} {} {} 0 0\n", escaped(what), escaped(where), bind ? "none" : "nfs",
                        bind ? "bind" : kNfsOptions);
  }
  return text;
}

std::map<std::string, std::string> as_units(const std::vector<Mount>& mounts) {
  std::map<std::string, std::string> units;
  for (const auto& [what, where, bind] : mounts) {
    units[unit_name(where)] = fmt::format(
        "# Made by encluster-agent mounts.\n"
        "[Unit]\n"
        "Description=The cluster's {}\n"
        "\n"
        "[Mount]\n"
        "What={}\n"
        "Where={}\n"
        "Type={}\n"
        "Options={}\n"
        "\n"
        "[Install]\n"
        "WantedBy={}\n",
        without_specifiers(where), without_specifiers(what), without_specifiers(where),
        bind ? "none" : "nfs", bind ? "bind" : kNfsOptions,
        bind ? "local-fs.target" : "remote-fs.target");
  }
  return units;
}

}  // namespace encluster::agent
