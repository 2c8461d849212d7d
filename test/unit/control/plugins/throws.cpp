// A plugin that can't be loaded, because a global of its needs what isn't there.
#include <stdexcept>

#include "encluster/routing_function.hpp"

namespace {

struct Table {
  Table() { throw std::runtime_error("no table"); }
};
const Table table;

}  // namespace

extern "C" const encluster::PluginEntry encluster_plugin;
const encluster::PluginEntry encluster_plugin{encluster::kPluginInterfaceVersion, "throws",
                                              nullptr};
