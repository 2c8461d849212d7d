// Services that were built elsewhere: shared objects with the entry that routing_function.hpp
// describes.
#pragma once

#include <filesystem>
#include <memory>
#include <stdexcept>
#include <vector>

#include "control/configuration.hpp"
#include "encluster/routing_function.hpp"
#include "switching/compile_snapshot.hpp"

namespace encluster::control {

/// A file that is no plugin. what() reads "found X; allowed: Y".
class PluginError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Every plugin by name: those of the tree and those of the shared objects. Control thread.
///
/// The loader must outlive every snapshot: with it goes the code of the routing functions.
class PluginLoader {
 public:
  explicit PluginLoader(switching::PluginRegistry in_tree) : registry_(std::move(in_tree)) {}

  /// Loads one shared object and adds its plugin. Its constructors run: the file must be trusted,
  /// and others may not write to it.
  /// @throws PluginError if it can't be loaded, has no entry, was built for another interface
  /// version, makes nothing, or has a name that is taken; then nothing has changed. After a
  /// constructor's exception the process should end: its code stays, half made.
  void load(const std::filesystem::path& file);

  /// Loads all that the configuration names.
  /// @throws ConfigurationError naming each file that is no plugin
  void load_all(const Configuration& configuration);

  [[nodiscard]] const switching::PluginRegistry& registry() const noexcept { return registry_; }

 private:
  struct Close {
    void operator()(void* handle) const noexcept;
  };
  using Handle = std::unique_ptr<void, Close>;

  std::vector<Handle> handles_;
  switching::PluginRegistry registry_;
};

}  // namespace encluster::control
