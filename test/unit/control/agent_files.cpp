#include "control/agent_files.hpp"

#include <catch2/catch.hpp>

#include "control/configuration_error.hpp"
#include "support/temporary_folder.hpp"
#include "unit/control/agent_client.hpp"
#include "unit/control/configuration_samples.hpp"

namespace encluster::control {
namespace {

struct Fixture {
  TemporaryFolder folder;
  Configuration configuration = parse_configuration_text(
      kSmall + "agents: {listen: 10.77.0.1:7077, token_file: agents.token}\n",
      folder / "gateway.yaml");

  Fixture() {
    folder.write("agents.token", "");
    write_certificate(folder / "agents.crt", folder / "agents.key");
  }
  [[nodiscard]] std::string problem() const {
    try {
      check_agent_files(configuration);
    } catch (const ConfigurationError& error) {
      return error.what();
    }
    return "";
  }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "agents' files that are there and good are accepted") {
  CHECK(problem() == "");
}

TEST_CASE_METHOD(Fixture, "agents' files that are missing are named, with what makes them") {
  std::filesystem::remove(folder / "agents.token");
  std::filesystem::remove(folder / "agents.crt");
  const std::string yaml = folder / "gateway.yaml";
  const std::string hint = "; make them with: enclusterctl keys --config " + yaml;
  CHECK_THAT(problem(), Catch::Contains((folder / "agents.token").string() +
                                        ": No such file or directory" + hint));
  CHECK_THAT(problem(), Catch::Contains((folder / "agents.crt").string() +
                                        ": holds no certificate that can be read"));
}

TEST_CASE_METHOD(Fixture, "a key that others may use, or of another certificate, is refused") {
  SECTION("used by others") {
    std::filesystem::permissions(folder / "agents.key", std::filesystem::perms(0640));
    CHECK_THAT(problem(), Catch::Contains("others than its owner may use it (mode 0640)"));
  }
  SECTION("of another") {
    write_certificate(folder / "other.crt", folder / "agents.key");
    CHECK_THAT(problem(), Catch::Contains("holds no private key that fits the certificate"));
  }
  SECTION("of none") {
    folder.write("agents.key", "nothing");
    CHECK_THAT(problem(), Catch::Contains("holds no private key that fits the certificate"));
  }
}

TEST_CASE_METHOD(Fixture, "without the section there is nothing to check") {
  std::filesystem::remove(folder / "agents.token");
  configuration.agents.reset();
  CHECK(problem() == "");
}

}  // namespace encluster::control
