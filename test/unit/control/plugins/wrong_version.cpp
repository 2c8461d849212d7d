// A plugin for an interface that has moved on.
#include "encluster/routing_function.hpp"

extern "C" const encluster::PluginEntry encluster_plugin;
const encluster::PluginEntry encluster_plugin{encluster::kPluginInterfaceVersion + 1, "outdated",
                                              nullptr};
