#include "ctl/token_file.hpp"

#include <fmt/format.h>
#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <sstream>
#include <stdexcept>

#include "control/secret_text.hpp"

namespace encluster::ctl {

namespace {

constexpr const char* kHeader =
    "# Tokens of the nodes' agents, made by enclusterctl keys. Keep them secret.";

[[noreturn]] void refuse(int number, const char* what) {
  throw std::runtime_error(fmt::format("{}: {}", number, what));
}

/// @param number the line's, from 1
TokenLine parse_line(const std::string& line, int number) {
  std::istringstream words(line);
  TokenLine parsed;
  if (!(words >> parsed.node) || parsed.node.starts_with('#')) return {{}, line};
  std::string more;
  if (!(words >> parsed.text) || !control::parse_hex(parsed.text) || words >> more) {
    refuse(number, "not a node's name and 64 hex digits");
  }
  std::ranges::transform(parsed.text, parsed.text.begin(),
                         [](unsigned char digit) { return std::tolower(digit); });
  return parsed;
}

}  // namespace

std::string random_token() {
  std::array<unsigned char, kTokenBytes> bytes{};
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) {
    throw std::runtime_error("there is no randomness for tokens");
  }
  std::string text;
  for (const unsigned char byte : bytes) text += fmt::format("{:02x}", byte);
  return text;
}

const std::string* TokenFile::token_of(const std::string& node) const noexcept {
  const auto found = std::ranges::find(lines, node, &TokenLine::node);
  return found == lines.end() ? nullptr : &found->text;
}

TokenFile parse_token_file(const std::string& text) {
  if (text.find('\0') != std::string::npos) refuse(1, "not a text file");
  TokenFile file;
  std::istringstream stream(text);
  int number = 0;
  for (std::string line; std::getline(stream, line);) {
    TokenLine parsed = parse_line(line, ++number);
    if (!parsed.node.empty() && file.token_of(parsed.node) != nullptr) {
      refuse(number, "a second token for the same node");
    }
    file.lines.push_back(std::move(parsed));
  }
  return file;
}

std::string format_token_file(const TokenFile& file) {
  std::string text;
  for (const TokenLine& line : file.lines) {
    text += line.node.empty() ? line.text : line.node + ' ' + line.text;
    text += '\n';
  }
  return text;
}

TokenChanges update_tokens(TokenFile& file, const std::vector<std::string>& nodes) {
  TokenChanges changes;
  if (file.lines.empty()) file.lines.push_back({{}, kHeader});
  std::erase_if(file.lines, [&](const TokenLine& line) {
    if (line.node.empty() || std::ranges::find(nodes, line.node) != nodes.end()) return false;
    changes.removed.push_back(line.node);
    return true;
  });
  for (const std::string& node : nodes) {
    if (file.token_of(node) != nullptr) continue;
    file.lines.push_back({node, random_token()});
    changes.added.push_back(node);
  }
  return changes;
}

}  // namespace encluster::ctl
