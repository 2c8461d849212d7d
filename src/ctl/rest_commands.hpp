// The commands that ask a running gateway: its answers as tables, or as they are.
#pragma once

#include <boost/json/value.hpp>
#include <functional>
#include <ostream>
#include <string>

#include "ctl/rest_options.hpp"

namespace encluster::ctl {

/// All throw std::runtime_error with the gateway's reason.
void show_status(const RestOptions& options, std::ostream& output);
void show_nodes(const RestOptions& options, std::ostream& output);
void show_services(const RestOptions& options, std::ostream& output);
void show_switch(const RestOptions& options, std::ostream& output);
void show_drops(const RestOptions& options, std::ostream& output);
void show_ports(const RestOptions& options, std::ostream& output);
void show_exports(const RestOptions& options, std::ostream& output);
/// Page by page, as they come.
void show_connections(const RestOptions& options, std::ostream& output);

/// The gateway takes its configuration's file over. Throws with all that is wrong with it.
void reload(const RestOptions& options, std::ostream& output);

/// Of the node that the first word names. @param change the body of PATCH /v1/nodes/{name}
void change_node(const RestOptions& options, const std::string& change, std::ostream& output);

/// The change that `weight NODE N` makes. @throws UsageError
[[nodiscard]] std::string weight_change(const std::string& weight);

}  // namespace encluster::ctl
