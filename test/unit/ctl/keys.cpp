#include "ctl/keys.hpp"

#include <yaml-cpp/yaml.h>

#include <catch2/catch.hpp>
#include <map>
#include <sstream>

#include "control/configuration_error.hpp"
#include "ctl/certificate.hpp"
#include "ctl/token_file.hpp"
#include "file_content.hpp"
#include "support/temporary_folder.hpp"

namespace encluster::ctl {
namespace {

using Catch::Contains;
namespace fs = std::filesystem;

constexpr const char* kAgents = "agents: {listen: 10.77.0.1:7077, token_file: agents.token}\n";

/// A configuration in a folder of its own, and the command on it.
class Site {
 public:
  explicit Site(const std::string& agents = kAgents,
                const std::vector<std::string>& nodes = {"alpha", "beta"}) {
    configure(agents, nodes);
  }

  void configure(const std::string& agents, const std::vector<std::string>& nodes) {
    std::string text =
        "cluster: {name: demo}\n"
        "networks:\n"
        "  - {name: campus, device: \"net_null0\", address: 192.0.2.1/24, gateway: 192.0.2.254}\n"
        "interconnect: {device: \"net_null1\", address: 10.77.0.1/24}\n" +
        agents + "nodes:\n";
    int id = 0;
    for (const std::string& node : nodes) {
      ++id;
      text += "  - {name: " + node + ", id: " + std::to_string(id) + ", address: 10.77.0.1" +
              std::to_string(id) + "}\n";
    }
    test::write(config(), text);
  }

  std::string make() { return make({config(), {}}); }
  static std::string make(const KeysOptions& options) {
    std::ostringstream output;
    make_keys(options, output);
    return output.str();
  }

  [[nodiscard]] fs::path config() const { return folder_ / "gateway.yaml"; }
  [[nodiscard]] fs::path operator/(const std::string& name) const { return folder_ / name; }
  [[nodiscard]] std::string text(const std::string& name) const {
    return test::contents(folder_ / name);
  }
  /// Every file's content by its path.
  [[nodiscard]] std::map<std::string, std::string> all() const {
    std::map<std::string, std::string> files;
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder_.path())) {
      if (entry.is_regular_file()) files[entry.path()] = test::contents(entry.path());
    }
    return files;
  }

 private:
  TemporaryFolder folder_;
};

TEST_CASE("keys makes a working set with the right modes") {
  Site site;
  site.make();
  CHECK(fit(site.text("agents.key"), site.text("agents.crt")));
  for (const std::string secret :
       {"agents.key", "agents.token", "agents/alpha/agent.token", "agents/beta/agent.token"}) {
    CHECK(test::mode_of(site / secret) == 0600);
  }
  CHECK(test::mode_of(site / "agents.crt") == 0644);
  CHECK(test::mode_of(site / "agents/alpha/agent.yaml") == 0644);
  CHECK(test::mode_of(site / "agents/alpha") == 0700);
  CHECK(site.all().size() == 8);
}

TEST_CASE("a node's folder tells its agent all it needs") {
  Site site;
  site.make();
  const YAML::Node agent = YAML::Load(site.text("agents/beta/agent.yaml"));
  CHECK(agent["node"].as<std::string>() == "beta");
  CHECK(agent["gateways"].as<std::vector<std::string>>() ==
        std::vector<std::string>{"10.77.0.1:7077"});
  CHECK(agent["fingerprint"].as<std::string>() == fingerprint(site.text("agents.crt")));
  CHECK(agent["token_file"].as<std::string>() == "agent.token");
  CHECK(agent["number"].as<int>() == 2);
  CHECK(agent.size() == 5);
  const TokenFile tokens = parse_token_file(site.text("agents.token"));
  CHECK(site.text("agents/beta/agent.token") == *tokens.token_of("beta") + "\n");
}

TEST_CASE("a second run keeps everything and says so") {
  Site site;
  CHECK_THAT(site.make(), Contains("made") && !Contains("kept"));
  const auto before = site.all();
  CHECK_THAT(site.make(), Contains("kept") && !Contains("made ") && !Contains("changed"));
  CHECK(site.all() == before);
}

TEST_CASE("tokens are never shown") {
  Site site;
  const std::string output = site.make() + site.make();
  const TokenFile tokens = parse_token_file(site.text("agents.token"));
  for (const std::string node : {"alpha", "beta"}) {
    CHECK_THAT(output, !Contains(*tokens.token_of(node)));
    CHECK_THAT(output, Contains("agents/" + node));
  }
  CHECK_THAT(output, Contains("SIGHUP"));
}

TEST_CASE("a new node gets a token and a removed one loses it") {
  Site site;
  site.make();
  const TokenFile before = parse_token_file(site.text("agents.token"));
  site.configure(kAgents, {"gamma", "beta"});
  const std::string output = site.make();
  const TokenFile after = parse_token_file(site.text("agents.token"));
  CHECK(after.token_of("alpha") == nullptr);
  CHECK(*after.token_of("beta") == *before.token_of("beta"));
  CHECK(after.token_of("gamma") != nullptr);
  CHECK_THAT(output, Contains("new token for gamma") && Contains("removed that of 'alpha'"));
  CHECK_THAT(output, Contains("agents/alpha, which is no node's"));
}

TEST_CASE("nodes' folders go where --out says") {
  Site site;
  Site::make({site.config(), site / "elsewhere"});
  CHECK(fs::exists(site / "elsewhere/alpha/agent.token"));
  CHECK_FALSE(fs::exists(site / "agents"));
}

TEST_CASE("a certificate is made for a key that is there alone") {
  Site site;
  test::write(site / "agents.key", make_key());
  const std::string key = site.text("agents.key");
  site.make();
  CHECK(site.text("agents.key") == key);
  CHECK(fit(key, site.text("agents.crt")));
}

TEST_CASE("key and certificate that don't fit are an error that says what to do") {
  Site site;
  site.make();
  const std::string certificate = site.text("agents.crt");
  test::write(site / "agents.key", make_key());
  CHECK_THROWS_WITH(site.make(), Contains("is not for the key") && Contains("remove both"));
  test::write(site / "agents.key", "garbage");
  CHECK_THROWS_WITH(site.make(), Contains("not a private key in PEM") && Contains("remove both"));
  fs::remove(site / "agents.key");
  CHECK_THROWS_WITH(site.make(), Contains("without its key"));
  CHECK(site.text("agents.crt") == certificate);
}

TEST_CASE("hostile files are refused before anything is made") {
  Site site;
  test::write(site / "agents.token", "alpha secret\n");
  CHECK_THROWS_WITH(site.make(), Contains("agents.token:1: not a node's name and 64 hex digits") &&
                                     !Contains("secret"));
  test::write(site / "agents.token", "", 0644);
  CHECK_THROWS_WITH(site.make(), Contains("agents.token: mode 0644 lets others at it"));
  fs::remove(site / "agents.token");
  fs::create_symlink(site / "gateway.yaml", site / "agents.token");
  CHECK_THROWS_WITH(site.make(), Contains("agents.token: a symbolic link"));
  CHECK_FALSE(fs::exists(site / "agents.key"));
}

TEST_CASE("a folder that others prepared is refused") {
  Site site;
  fs::create_directory(site / "agents");
  fs::create_directory_symlink("/tmp", site / "agents/alpha");
  CHECK_THROWS_WITH(site.make(), Contains("agents/alpha: not a folder"));
}

TEST_CASE("with a section for REST its token is made, too, and kept") {
  const std::string rest = "rest: {listen: 127.0.0.1:8077, token_file: rest.token}\n";
  Site site(GENERATE(std::string(), std::string(kAgents)) + rest);
  CHECK_THAT(site.make(), Contains("made     ") && Contains("rest.token"));
  CHECK(test::mode_of(site / "rest.token") == 0600);
  const std::string token = site.text("rest.token");
  CHECK(token.size() == 65);
  CHECK_THAT(site.make(), Contains("kept     ") && !Contains(token.substr(0, 64)));
  CHECK(site.text("rest.token") == token);
  test::write(site / "rest.token", "nonsense", 0600);
  CHECK_THROWS_WITH(site.make(), Contains("rest.token:1: is not one line of 64"));
}

TEST_CASE("without a section for agents it is said what to add") {
  Site site("");
  CHECK_THROWS_WITH(site.make(),
                    Contains("agents: found nothing; allowed: a section such as agents: "
                             "{listen: 10.77.0.1:7077, token_file: agents.token}"));
  CHECK_THROWS_AS(site.make(), control::ConfigurationError);
}

}  // namespace
}  // namespace encluster::ctl
