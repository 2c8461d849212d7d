#include "services/in_tree.hpp"

#include <algorithm>

#include "control/cluster_from_configuration.hpp"
#include "login/login.hpp"
#include "mount/mount.hpp"
#include "nfs/nfs.hpp"
#include "portmapper/portmapper.hpp"

namespace encluster {

using control::Configuration;

namespace {

/// The place of a service's key in the file: "services[2].scheduler".
std::string key_of(const Configuration& configuration, const switching::CompileError& problem) {
  const auto& services = configuration.services;
  const auto service = std::ranges::find_if(services, [&](const control::ServiceEntry& entry) {
    return entry.config.name == problem.service();
  });
  return "services[" + std::to_string(service - services.begin()) + "]." + problem.key();
}

}  // namespace

switching::PluginRegistry plugins_in_tree() {
  return {{"login", &login::make_login},
          {"mount", &mount::make_mount},
          {"nfs", &nfs::make_nfs},
          {"portmapper", &portmapper::make_portmapper}};
}

void check_services(const Configuration& configuration, const switching::PluginRegistry& plugins) {
  try {
    switching::SnapshotCompiler compiler(plugins, configuration.workers);
    static_cast<void>(compiler.compile(control::cluster_from(configuration)));
  } catch (const switching::CompileError& problem) {
    control::ConfigurationReport report(configuration.places);
    report.complain(key_of(configuration, problem), problem.what());
    report.raise();
  }
}

}  // namespace encluster
