#include "control/plugin_loader.hpp"

#include <dlfcn.h>
#include <fmt/format.h>

#include <string>
#include <utility>

#include "control/configuration_format.hpp"

namespace encluster::control {

namespace {

constexpr const char* kEntry = "encluster_plugin";

/// dlerror() also clears what it returns: to be called once after a failure.
std::string last_error() {
  const char* const error = dlerror();
  return error == nullptr ? "no reason given" : error;
}

void check_entry(const PluginEntry& entry, const switching::PluginRegistry& registry) {
  // The version comes first: what follows it is only known to be there if it is ours.
  if (entry.interface_version != kPluginInterfaceVersion) {
    throw PluginError(fmt::format("found plugin interface version {}; allowed: version {}",
                                  entry.interface_version, kPluginInterfaceVersion));
  }
  const Format<std::string> format = name();
  if (entry.name == nullptr || !format.parse(entry.name)) {
    throw PluginError(fmt::format("found a plugin named {}; allowed: {}",
                                  entry.name == nullptr ? "nothing" : shown(entry.name),
                                  format.allowed));
  }
  if (entry.make_routing == nullptr) {
    throw PluginError(fmt::format(
        "found plugin {} without make_routing; allowed: a function that makes routing functions",
        entry.name));
  }
  if (registry.contains(std::string_view(entry.name))) {
    throw PluginError(
        fmt::format("found a second plugin {}; allowed: a name of its own", entry.name));
  }
}

}  // namespace

void PluginLoader::Close::operator()(void* handle) const noexcept { dlclose(handle); }

void PluginLoader::load(const std::filesystem::path& file) {
  // A name without a slash would be searched for among the system's libraries.
  const std::string path = std::filesystem::absolute(file).string();
  Handle handle(dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL));
  if (handle == nullptr) {
    throw PluginError(fmt::format("found no shared object ({}); allowed: a plugin's shared object",
                                  last_error()));
  }
  const void* const symbol = dlsym(handle.get(), kEntry);
  if (symbol == nullptr) {
    throw PluginError(fmt::format(
        "found no plugin ({}); allowed: a shared object with the symbol {}", last_error(), kEntry));
  }
  const auto& entry = *static_cast<const PluginEntry*>(symbol);
  check_entry(entry, registry_);
  handles_.push_back(std::move(handle));
  registry_.emplace(entry.name, entry.make_routing);
}

void PluginLoader::load_all(const Configuration& configuration) {
  ConfigurationReport report(configuration.places);
  for (std::size_t i = 0; i < configuration.plugins.size(); ++i) {
    try {
      load(configuration.plugins[i]);
    } catch (const PluginError& error) {
      report.complain(fmt::format("plugins[{}]", i), error.what());
    }
  }
  report.raise_if_any();
}

}  // namespace encluster::control
