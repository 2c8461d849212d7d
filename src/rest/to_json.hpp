// The gateway's views as JSON: the schemas of docs/rest-api.yaml.
#pragma once

#include <boost/json/object.hpp>
#include <vector>

#include "rest/gateway.hpp"
#include "rest/views.hpp"

namespace encluster::rest {

[[nodiscard]] boost::json::object to_json(const StatusView& status);
[[nodiscard]] boost::json::object to_json(const NodeView& node);
[[nodiscard]] boost::json::object to_json(const std::vector<NodeView>& nodes);
[[nodiscard]] boost::json::object to_json(const std::vector<ServiceView>& services);
[[nodiscard]] boost::json::object to_json(const SwitchView& view);
[[nodiscard]] boost::json::object to_json(const std::vector<DropView>& drops);
[[nodiscard]] boost::json::object to_json(const RouteView& route);
[[nodiscard]] boost::json::object to_json(const PortsView& ports);
[[nodiscard]] boost::json::object to_json(const ExportsView& exports);
[[nodiscard]] boost::json::object to_json(const ConnectionList& list);
[[nodiscard]] boost::json::object to_json(const std::vector<control::Alarm>& alarms);

}  // namespace encluster::rest
