#include "agent/host_keys.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <map>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "agent/machine.hpp"

namespace encluster::agent {

namespace {

namespace fs = std::filesystem;
using agent_protocol::HostKey;
using agent_protocol::HostKeys;

/// Of base64: what RSA keys of 16384 bits take, and more.
constexpr std::size_t kMostText = 4096;
/// Characters of base64 are read in fours, each of which stands for three bytes.
constexpr std::size_t kGroup = 4;
constexpr std::size_t kGroupBytes = 3;

std::optional<std::vector<unsigned char>> decode_base64(std::string_view text) {
  if (text.empty() || text.size() > kMostText || text.size() % kGroup != 0) return std::nullopt;
  const std::string terminated(text);
  std::vector<unsigned char> bytes(text.size() / kGroup * kGroupBytes);
  const int size =
      EVP_DecodeBlock(bytes.data(), reinterpret_cast<const unsigned char*>(terminated.data()),
                      static_cast<int>(terminated.size()));
  if (size < 0) return std::nullopt;
  // What fills up the last group counts as zeros.
  const auto filling = text.size() - text.find_last_not_of('=') - 1;
  if (filling >= kGroupBytes) return std::nullopt;
  bytes.resize(static_cast<std::size_t>(size) - filling);
  return bytes;
}

bool is_public_host_key(const std::string& name) {
  return name.starts_with("ssh_host_") && name.ends_with("_key.pub");
}

bool is_type(std::string_view text) {
  return !text.empty() && text.size() <= agent_protocol::kMaxNodeName &&
         std::ranges::all_of(text, [](char c) { return c > ' ' && c <= '~'; });
}

}  // namespace

std::optional<HostKey> parse_host_key(std::string_view line) {
  const std::string_view type = line.substr(0, line.find(' '));
  if (!is_type(type) || type.size() == line.size()) return std::nullopt;
  line.remove_prefix(type.size() + 1);
  const auto key = decode_base64(line.substr(0, line.find_first_of(" \r\n")));
  if (!key) return std::nullopt;
  HostKey result{.type = std::string(type)};
  unsigned int size = 0;
  const int done =
      EVP_Digest(key->data(), key->size(), result.digest.data(), &size, EVP_sha256(), nullptr);
  return done == 1 && size == result.digest.size() ? std::optional(result) : std::nullopt;
}

HostKeys host_keys(const fs::path& folder) {
  std::map<std::string, HostKey> found;
  std::error_code error;
  fs::directory_iterator file(folder, error);
  for (; !error && file != fs::directory_iterator(); file.increment(error)) {
    if (!is_public_host_key(file->path().filename().string())) continue;
    if (const auto key = parse_host_key(read_file(file->path().c_str()))) {
      found.emplace(key->type, *key);
    }
  }
  HostKeys result;
  for (const auto& [type, key] : found) {
    if (result.keys.size() < agent_protocol::kMaxHostKeys) result.keys.push_back(key);
  }
  return result;
}

}  // namespace encluster::agent
