#include "control/plugin_loader.hpp"

#include <sys/stat.h>

#include <array>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>

#include "unit/control/configuration_samples.hpp"

namespace encluster::control {

namespace {

const std::string kFolder = ENCLUSTER_TEST_PLUGINS;

/// A folder for files that a test makes: the build's may belong to somebody else.
class OwnFolder {
 public:
  OwnFolder() : path_(std::filesystem::temp_directory_path() / "encluster-plugins-XXXXXX") {
    if (mkdtemp(path_.data()) == nullptr) throw std::runtime_error("no folder " + path_);
  }
  OwnFolder(const OwnFolder&) = delete;
  OwnFolder& operator=(const OwnFolder&) = delete;
  ~OwnFolder() { std::filesystem::remove_all(path_); }

  [[nodiscard]] const std::string& path() const noexcept { return path_; }

 private:
  std::string path_;
};

std::shared_ptr<const RoutingFunction> make_nothing(const ServiceConfig&, const ClusterView&) {
  return nullptr;
}

/// What the loader says about a file.
std::string refusal_of(const std::string& file) {
  PluginLoader loader({{"login", make_nothing}});
  try {
    loader.load(file.starts_with('/') ? file : kFolder + '/' + file);
  } catch (const PluginError& error) {
    CHECK(loader.registry().size() == 1);
    return error.what();
  }
  return "";
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a plugin built elsewhere is found by its name, and works") {
  PluginLoader loader({{"login", make_nothing}});
  loader.load(kFolder + "/good.so");
  CHECK(loader.registry().size() == 2);
  const auto function = loader.registry().at("drop-everything")({}, {});
  RouteRequest request;
  const std::array<RouteRequest*, 1> burst{&request};
  WorkerContext context;
  function->route(burst, context);
  CHECK(request.verdict == Verdict::drop);
  CHECK(request.reason == DropReason::routing_function);
}

TEST_CASE("a plugin is loaded once") {
  PluginLoader loader({});
  loader.load(kFolder + "/good.so");
  CHECK_THROWS_AS(loader.load(kFolder + "/good.so"), PluginError);
  CHECK(loader.registry().size() == 1);
}

TEST_CASE("a plugin may not take the name of one in the tree") {
  PluginLoader loader({{"drop-everything", make_nothing}});
  try {
    loader.load(kFolder + "/good.so");
    FAIL("loaded");
  } catch (const PluginError& error) {
    CHECK(has(error.what(), "a second plugin drop-everything"));
  }
}

TEST_CASE("a file that is no plugin is refused with the reason") {
  CHECK(has(refusal_of("absent.so"), "found no shared object"));
  CHECK(has(refusal_of(ENCLUSTER_GATEWAY_YAML), "found no shared object"));
  CHECK(has(refusal_of("no_symbol.so"), "the symbol encluster_plugin"));
  CHECK(has(refusal_of("no_name.so"), "found a plugin named nothing"));
  CHECK(has(refusal_of("bad_name.so"), R"(found a plugin named 'a\x0ab'; allowed: 1 to 63)"));
  CHECK(has(refusal_of("no_function.so"), "found plugin idle without make_routing"));
}

TEST_CASE("a plugin whose constructors throw is refused with what they say") {
  CHECK(refusal_of("throws.so") ==
        "found a shared object whose constructors threw 'no table'; allowed: a plugin's shared "
        "object");
  CHECK(has(refusal_of("throws_number.so"), "constructors threw what is no std::exception"));
}

TEST_CASE("a folder and a pipe are no plugins, and nobody waits for them") {
  const OwnFolder folder;
  const std::string pipe = folder.path() + "/pipe.so";
  REQUIRE(mkfifo(pipe.c_str(), 0600) == 0);
  CHECK(has(refusal_of(kFolder), "found what is no regular file"));
  CHECK(has(refusal_of(pipe), "found what is no regular file"));
}

TEST_CASE("a plugin that everybody may write to is refused") {
  namespace fs = std::filesystem;
  const OwnFolder folder;
  const std::string file = folder.path() + "/open.so";
  fs::copy_file(kFolder + "/good.so", file);
  fs::permissions(file, fs::perms::others_write, fs::perm_options::add);
  CHECK(refusal_of(file) ==
        "found a file that everybody may write to; allowed: one that others may not");
}

TEST_CASE("a plugin for another interface version is refused with both versions") {
  CHECK(refusal_of("wrong_version.so") ==
        fmt::format("found plugin interface version {}; allowed: version {}",
                    kPluginInterfaceVersion + 1, kPluginInterfaceVersion));
}

TEST_CASE("a file name without a folder is not searched for among the system's libraries") {
  PluginLoader loader({});
  CHECK_THROWS_AS(loader.load("libc.so.6"), PluginError);
}

TEST_CASE("plugins that can't be loaded are configuration errors at their place") {
  const Configuration configuration = parse(
      fmt::format("{}plugins:\n  - {}/good.so\n  - {}/absent.so\n", kSmall, kFolder, kFolder));
  PluginLoader loader({});
  try {
    loader.load_all(configuration);
    FAIL("loaded");
  } catch (const ConfigurationError& error) {
    CHECK(error.line() == 10);
    CHECK(error.key() == "plugins[1]");
  }
}

}  // namespace encluster::control
