// A plugin without a name.
#include "encluster/routing_function.hpp"

extern "C" const encluster::PluginEntry encluster_plugin;
const encluster::PluginEntry encluster_plugin{encluster::kPluginInterfaceVersion, nullptr, nullptr};
