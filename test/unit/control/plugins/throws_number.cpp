// A plugin that can't be loaded, and doesn't say why.
#include "encluster/routing_function.hpp"

namespace {

struct Table {
  Table() { throw 42; }
};
const Table table;

}  // namespace

extern "C" const encluster::PluginEntry encluster_plugin;
const encluster::PluginEntry encluster_plugin{encluster::kPluginInterfaceVersion, "throws-number",
                                              nullptr};
