#include "replay/command_line.hpp"

#include <catch2/catch.hpp>

#include "temporary_file.hpp"

namespace encluster::replay {
namespace {

using Catch::Contains;

CommandLine parse(const std::vector<std::string>& words) {
  std::vector<std::string> all{"encluster-replay"};
  all.insert(all.end(), words.begin(), words.end());
  std::vector<char*> arguments;
  for (std::string& word : all) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  const auto line = parse_command_line(static_cast<int>(all.size()), arguments.data());
  REQUIRE(line.has_value());
  return *line;
}

std::vector<std::string> with(const std::vector<std::string>& words) {
  std::vector<std::string> all{"--config", "c.yaml", "--in", "a.pcapng"};
  all.insert(all.end(), words.begin(), words.end());
  return all;
}

TEST_CASE("configuration, captures and output are taken") {
  const CommandLine line = parse(with({"--in", "b.pcap", "--interface", "int0", "--out", "o"}));
  CHECK(line.config == "c.yaml");
  REQUIRE(line.inputs.size() == 2);
  CHECK(line.inputs[0].path == "a.pcapng");
  CHECK_FALSE(line.inputs[0].interface.has_value());
  CHECK(line.inputs[1].interface == "int0");
  CHECK(line.output == "o");
  CHECK(line.format == Format::text);
  CHECK_FALSE(line.compare);
}

TEST_CASE("mappings and MAC addresses are pairs") {
  const CommandLine line =
      parse(with({"--map", "eth=0=campus", "--mac", "campus=02:00:00:00:0a:ff"}));
  CHECK(line.mappings.at(0) == Mapping{"eth=0", "campus"});
  CHECK(line.macs.at(0).first == "campus");
  CHECK(line.macs.at(0).second == MacAddress{2, 0, 0, 0, 0x0a, 0xff});
}

TEST_CASE("what is missing or wrong is said") {
  CHECK_THROWS_WITH(parse({"--in", "a"}), "--config FILE is missing");
  CHECK_THROWS_WITH(parse({"--config", "a"}), "--in FILE is missing");
  CHECK_THROWS_WITH(parse(with({"--map", "eth0"})), Contains("two words around '='"));
  CHECK_THROWS_WITH(parse(with({"--map", "=campus"})), Contains("two words around '='"));
  CHECK_THROWS_WITH(parse(with({"--bogus"})), "unknown option --bogus");
  CHECK_THROWS_WITH(parse(with({"--out"})), "--out needs a value");
  CHECK_THROWS_WITH(parse(with({"more"})), "unexpected argument more");
  CHECK_THROWS_WITH(parse(with({"--drops"})), "--drops needs --out FILE");
  CHECK_THROWS_WITH(parse({"--config", "c", "--interface", "x", "--in", "a"}),
                    "--interface has no --in before it");
  for (const char* mac :
       {"1", "02:00:00:00:00:0", "02:00:00:00:00:01x", "02:00:00:00:00:0g", "03:00:00:00:00:01",
        "2:00:00:00:00:001", "+2:00:00:00:00:01", "02-00-00-00-00-01"}) {
    CHECK_THROWS_WITH(parse(with({"--mac", std::string("campus=") + mac})),
                      Contains("a station's address"));
  }
}

TEST_CASE("a capture is never overwritten by its replay") {
  const test::TemporaryFile file;
  CHECK_THROWS_WITH(
      parse({"--config", "c", "--in", file.path().string(), "--out", file.path().string()}),
      Contains("--out would overwrite --in"));
}

}  // namespace
}  // namespace encluster::replay
