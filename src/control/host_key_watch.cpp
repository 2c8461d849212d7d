#include "control/host_key_watch.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>
#include <vector>

namespace encluster::control {

using agent_protocol::HostKey;
using agent_protocol::HostKeys;

namespace {

using Digest = decltype(HostKey::digest);

/// Nothing: the node has no key of this type, which a client that knows one takes ill, too.
std::optional<Digest> digest_of(const HostKeys& keys, const std::string& type) {
  const auto found = std::ranges::find(keys.keys, type, &HostKey::type);
  return found == keys.keys.end() ? std::nullopt : std::optional(found->digest);
}

/// The nodes, those with the same key together: "alpha beta | gamma".
std::string text_of(const std::map<std::optional<Digest>, std::vector<std::string>>& groups) {
  std::vector<std::string> texts;
  for (const auto& [digest, nodes] : groups) {
    std::string text;
    for (const std::string& node : nodes) text += text.empty() ? node : ' ' + node;
    texts.push_back(std::move(text));
  }
  std::ranges::sort(texts);
  std::string all;
  for (const std::string& text : texts) all += all.empty() ? text : " | " + text;
  return all;
}

}  // namespace

void HostKeyWatch::note(const std::string& node, const HostKeys& keys) {
  HostKeys& known = nodes_[node];
  if (known == keys) return;
  known = keys;
  compare();
}

void HostKeyWatch::keep_only(const std::set<std::string>& nodes) {
  std::erase_if(nodes_, [&](const auto& entry) { return !nodes.contains(entry.first); });
  compare();
}

void HostKeyWatch::compare() {
  std::set<std::string> types;
  for (const auto& [type, groups] : told_) types.insert(type);
  for (const auto& [node, keys] : nodes_) {
    for (const HostKey& key : keys.keys) types.insert(key.type);
  }
  for (const std::string& type : types) {
    std::map<std::optional<Digest>, std::vector<std::string>> groups;
    for (const auto& [node, keys] : nodes_) {
      if (!keys.keys.empty()) groups[digest_of(keys, type)].push_back(node);
    }
    tell(type, groups.size() > 1 ? text_of(groups) : std::string());
  }
}

/// @param groups empty: all nodes have the same
void HostKeyWatch::tell(const std::string& type, const std::string& groups) {
  const auto told = told_.find(type);
  if (groups.empty()) {
    if (told == told_.end()) return;
    log_.info("host_keys_equal", {{"type", type}});
    told_.erase(told);
  } else if (told == told_.end() || told->second != groups) {
    log_.warning("host_keys_differ", {{"type", type}, {"nodes", groups}});
    told_[type] = groups;
  }
}

}  // namespace encluster::control
