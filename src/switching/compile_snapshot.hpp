// From the control thread's ClusterState to an immutable Snapshot.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "encluster/routing_function.hpp"
#include "switching/cluster_state.hpp"
#include "switching/snapshot.hpp"

namespace encluster::switching {

/// A state that cannot be compiled: which service, which key, and why.
class CompileError : public std::runtime_error {
 public:
  CompileError(std::string service, std::string key, const std::string& what)
      : std::runtime_error(what), service_(std::move(service)), key_(std::move(key)) {}
  [[nodiscard]] const std::string& service() const noexcept { return service_; }
  [[nodiscard]] const std::string& key() const noexcept { return key_; }

 private:
  std::string service_;
  std::string key_;
};

/// Plugin name -> factory; filled in main and by the plugin loader.
using PluginRegistry = std::map<std::string, MakeRouting, std::less<>>;

/// Control thread only. Remembers the routing functions of the last snapshot, so that a service
/// that is configured as before keeps its function and its workers' state.
class SnapshotCompiler {
 public:
  /// @param workers how many workers each service's state is made for
  SnapshotCompiler(PluginRegistry plugins, std::size_t workers);

  /// Pure but for the memory of functions, which is only updated on success.
  /// @throws CompileError; the previous snapshot stays valid.
  [[nodiscard]] std::unique_ptr<const Snapshot> compile(const ClusterState& state);

 private:
  struct CompiledService {
    ServiceConfig config;
    std::shared_ptr<const RoutingFunction> function;  ///< null without plugin
    std::vector<std::shared_ptr<WorkerState>> worker_states;
  };
  /// The services of one snapshot, and what their functions were told about the cluster.
  struct Compiled {
    ClusterView view;
    std::vector<CompiledService> services;
  };

  [[nodiscard]] CompiledService compile_service(const ServiceConfig& config,
                                                const ClusterView& view) const;
  /// Has the plugin make function and states. @throws CompileError, whatever the plugin throws
  [[nodiscard]] CompiledService make_service(const ServiceConfig& config, const ClusterView& view,
                                             MakeRouting make_routing) const;

  PluginRegistry plugins_;
  std::size_t workers_;
  Compiled last_;
  std::uint64_t generation_ = 0;
};

}  // namespace encluster::switching
