// Any text as configuration: it is read, or refused by ConfigurationError; nothing else comes out.
// What was accepted is compiled to a snapshot, which a service's options may still prevent.
#include <string>

#include "control/cluster_from_configuration.hpp"
#include "control/parse_configuration.hpp"
#include "fuzz/finding.hpp"
#include "fuzz/input.hpp"
#include "login/login.hpp"
#include "switching/compile_snapshot.hpp"

using namespace encluster;
using namespace encluster::fuzz;

namespace {

void check_error(const control::ConfigurationError& error) {
  require(!error.problems().empty(), "an error without a problem");
  for (const control::ConfigurationProblem& problem : error.problems()) {
    require(problem.line >= 0 && !problem.key.empty() && !problem.text.empty(),
            "a problem without a place or a text");
    for (const char c : problem.text) {
      require(c == '\t' || (c >= 0x20 && c < 0x7f), "an unprintable character in an error");
    }
  }
}

void compile(const control::Configuration& configuration) {
  switching::SnapshotCompiler compiler({{"login", &login::make_login}}, 1);
  try {
    const auto snapshot = compiler.compile(control::cluster_from(configuration));
    require(snapshot->nodes.size() <= kMaxNodeId + std::size_t{1}, "too many nodes");
  } catch (const switching::CompileError& error) {
    require(!error.service().empty() && !error.key().empty(), "a service's error without a place");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  try {
    const auto configuration = control::parse_configuration_text(text, "/etc/gateway.yaml");
    require(configuration.networks.size() <= kMaxNetworks, "too many networks");
    compile(configuration);
  } catch (const control::ConfigurationError& error) {
    check_error(error);
  } catch (const std::exception& error) {
    report(std::string("another exception: ") + error.what());
  }
  return 0;
}
