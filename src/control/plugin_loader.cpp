#include "control/plugin_loader.hpp"

#include <dlfcn.h>
#include <fmt/format.h>

#include <exception>
#include <string>
#include <system_error>
#include <utility>

#include "control/configuration_error.hpp"
#include "control/configuration_format.hpp"

namespace encluster::control {

namespace {

constexpr const char* kEntry = "encluster_plugin";

/// dlerror() also clears what it returns: to be called once after a failure.
std::string last_error() {
  const char* const error = dlerror();
  return error == nullptr ? "no reason given" : error;
}

/// Before the file is opened, which with a FIFO would take for ever. What isn't there is left to
/// dlopen().
void check_file(const std::filesystem::path& file) {
  namespace fs = std::filesystem;
  std::error_code error;
  const fs::file_status status = fs::status(file, error);
  if (!fs::exists(status)) return;
  if (!fs::is_regular_file(status)) {
    throw PluginError("found what is no regular file; allowed: a plugin's shared object");
  }
  if ((status.permissions() & fs::perms::others_write) != fs::perms::none) {
    throw PluginError("found a file that everybody may write to; allowed: one that others may not");
  }
}

void* open_shared_object(const std::string& path) {
  // dlopen() is declared noexcept, but what a constructor in the file throws comes through. The
  // compiler must not know whom it calls, or it leaves the handlers out.
  void* (*volatile const open)(const char*, int) = dlopen;
  std::string thrown = "what is no std::exception";
  try {
    return open(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  } catch (const std::exception& exception) {
    thrown = shown(exception.what());
  } catch (...) {
  }
  throw PluginError(fmt::format(
      "found a shared object whose constructors threw {}; allowed: a plugin's shared object",
      thrown));
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
  check_file(path);
  Handle handle(open_shared_object(path));
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
