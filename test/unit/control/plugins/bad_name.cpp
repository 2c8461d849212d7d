// A plugin with a name that no configuration can hold.
#include "encluster/routing_function.hpp"

extern "C" const encluster::PluginEntry encluster_plugin;
const encluster::PluginEntry encluster_plugin{encluster::kPluginInterfaceVersion, "a\nb", nullptr};
