// docs/configuration.md against the parser: the same keys, the same defaults, an example that is
// right.
#include <algorithm>
#include <catch2/catch.hpp>
#include <fstream>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "control/configuration_format.hpp"
#include "unit/control/configuration_samples.hpp"

namespace encluster::control {

namespace {

struct DocumentedKey {
  std::string key;
  std::string default_value;  ///< empty where the file has to say, or nothing is meant
};
using Table = std::vector<DocumentedKey>;

std::vector<std::string> document() {
  std::ifstream file(ENCLUSTER_CONFIGURATION_MD);
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  if (lines.empty()) throw std::logic_error("docs/configuration.md is missing");
  return lines;
}

/// The words between backticks.
std::vector<std::string> literals(const std::string& text) {
  std::vector<std::string> words;
  for (std::size_t at = text.find('`'); at != std::string::npos; at = text.find('`', at + 1)) {
    const std::size_t end = text.find('`', at + 1);
    words.push_back(text.substr(at + 1, end - at - 1));
    at = end;
  }
  return words;
}

/// A row whose first cell is a key; nothing for headings and rules.
std::optional<DocumentedKey> row(const std::string& line) {
  if (!line.starts_with("| `")) return std::nullopt;
  std::vector<std::string> cells;
  std::istringstream stream(line);
  for (std::string cell; std::getline(stream, cell, '|');) cells.push_back(cell);
  const auto value = literals(cells.at(3));
  std::string number = cells[3];
  std::erase(number, ' ');
  const std::string plain = parse_number(number) ? number : "";
  return DocumentedKey{literals(cells[1]).at(0), value.empty() ? plain : value[0]};
}

/// The tables below the heading that names `section` first.
std::vector<Table> tables_of(const std::string& section) {
  std::vector<Table> tables;
  bool inside = false;
  for (const std::string& line : document()) {
    if (line.starts_with("##")) inside = line.starts_with("### `" + section + "`");
    if (inside && line.starts_with("| key |")) tables.emplace_back();
    if (const auto key = inside ? row(line) : std::nullopt) tables.back().push_back(*key);
  }
  if (tables.empty()) throw std::logic_error("no table of " + section);
  return tables;
}

std::vector<std::string> keys_of(const Table& table) {
  std::vector<std::string> keys;
  for (const DocumentedKey& documented : table) keys.push_back(documented.key);
  std::ranges::sort(keys);
  return keys;
}

/// `{key: default, ...}` of all keys that have a default.
std::string defaults_of(const Table& table) {
  std::string mapping;
  for (const auto& [key, value] : table) {
    if (!value.empty()) mapping += fmt::format("{}{}: {}", mapping.empty() ? "" : ", ", key, value);
  }
  return mapping;
}

/// The keys that the parser names when it finds `zzz`, which the text must hold once.
std::vector<std::string> keys_allowed(const std::string& text) {
  const std::string message = message_for(text);
  const std::string phrase = "an unknown key; allowed: ";
  const std::size_t at = message.find(phrase);
  if (at == std::string::npos) throw std::logic_error("no unknown key: " + message);
  std::istringstream words(
      message.substr(at + phrase.size(), message.find('\n', at) - at - phrase.size()));
  std::vector<std::string> keys;
  for (std::string word; words >> word;) {
    std::erase(word, ',');
    keys.push_back(word);
  }
  std::ranges::sort(keys);
  return keys;
}

const std::string kService = kSmall + "services:\n  - {name: web, port: 80/tcp, node: alpha, ";

const std::string kAgents = kSmall + "agents: {listen: 10.77.0.1:7077, token_file: t";

}  // namespace

TEST_CASE("the keys of each section are those in docs/configuration.md") {
  for (const std::string section : {"idle", "memory", "ports", "connections", "gateway"}) {
    INFO(section);
    CHECK(keys_of(tables_of(section)[0]) == keys_allowed(kSmall + section + ": {zzz: 1}\n"));
  }
  CHECK(keys_of(tables_of("cluster")[0]) == keys_allowed(changed("demo", "demo, zzz: 1")));
  CHECK(keys_of(tables_of("networks")[0]) == keys_allowed(changed("campus", "campus, zzz: 1")));
  CHECK(keys_of(tables_of("interconnect")[0]) ==
        keys_allowed(changed("10.77.0.1/24", "10.77.0.1/24, zzz: 1")));
  CHECK(keys_of(tables_of("nodes")[0]) == keys_allowed(changed("alpha", "alpha, zzz: 1")));
  CHECK(keys_of(tables_of("services")[0]) == keys_allowed(kService + "zzz: 1}\n"));
  CHECK(keys_of(tables_of("services")[1]) == keys_allowed(kService + "check: {zzz: 1}}\n"));
  CHECK(keys_of(tables_of("exports")[0]) == keys_allowed(kSmall + "exports: [{zzz: 1}]\n"));
  CHECK(keys_of(tables_of("agents")[0]) == keys_allowed(kSmall + "agents: {zzz: 1}\n"));
  CHECK(keys_of(tables_of("agents")[1]) == keys_allowed(kAgents + ", allow: [{zzz: 1}]}\n"));
  CHECK(keys_of(tables_of("rest")[0]) == keys_allowed(kSmall + "rest: {zzz: 1}\n"));
}

TEST_CASE("the sections are those in docs/configuration.md") {
  std::vector<std::string> sections;
  for (const std::string& line : document()) {
    if (!line.starts_with("### ")) continue;
    for (const std::string& section : literals(line)) sections.push_back(section);
  }
  std::ranges::sort(sections);
  CHECK(sections == keys_allowed(kSmall + "zzz: 1\n"));
}

TEST_CASE("the defaults are those in docs/configuration.md") {
  const std::string cluster = "demo, " + defaults_of(tables_of("cluster")[0]);
  CHECK(parse(changed("demo", cluster)).cluster.slow_start == parse(kSmall).cluster.slow_start);
  std::string text = changed("campus", "campus, " + defaults_of(tables_of("networks")[0]));
  text.replace(text.find("alpha"), 5, "alpha, " + defaults_of(tables_of("nodes")[0]));
  for (const std::string section : {"idle", "memory", "ports", "connections", "gateway"}) {
    text += fmt::format("{}: {{{}}}\n", section, defaults_of(tables_of(section)[0]));
  }
  const Configuration said = parse(text);
  const Configuration silent = parse(kSmall);
  CHECK(said.networks == silent.networks);
  CHECK(said.idle == silent.idle);
  CHECK(said.memory == silent.memory);
  CHECK(said.ports == silent.ports);
  CHECK(said.connections == silent.connections);
  CHECK(said.gateway.weight == silent.gateway.weight);
  CHECK(said.gateway.draining == silent.gateway.draining);
  CHECK(said.nodes[0].weight == silent.nodes[0].weight);
  CHECK(said.nodes[0].draining == silent.nodes[0].draining);
  const std::string agents = defaults_of(tables_of("agents")[0]);
  CHECK(agents ==
        "certificate_file: agents.crt, key_file: agents.key, exports_file: "
        "/var/lib/encluster/exports.yaml");
  CHECK(parse(kAgents + ", " + agents + "}\n").agents == parse(kAgents + "}\n").agents);
  const std::string rest = kSmall + "rest: {listen: 127.0.0.1:8077, token_file: t";
  CHECK(parse(rest + ", " + defaults_of(tables_of("rest")[0]) + "}\n").rest ==
        parse(rest + "}\n").rest);
  const std::string check = defaults_of(tables_of("services")[1]);
  CHECK(check == "interval_ms: 2000, timeout_ms: 1000, fall: 3, rise: 2");
  CHECK(parse(kService + "check: {" + check + "}}\n").services[0].check == CheckConfig{});
}

TEST_CASE("the example in docs/configuration.md is right") {
  std::string example;
  bool inside = false;
  for (const std::string& line : document()) {
    if (line.starts_with("## ")) inside = line == "## Example";
    if (inside && line.starts_with("    ")) example += line.substr(4) + "\n";
  }
  CHECK(message_for(example) == "");
  CHECK(parse(example).services.size() == 8);
}

}  // namespace encluster::control
