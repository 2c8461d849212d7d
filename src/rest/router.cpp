#include "rest/router.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json/serialize.hpp>
#include <string>

#include "control/configuration_error.hpp"
#include "control/configuration_format.hpp"
#include "rest/connection_query.hpp"
#include "rest/metrics.hpp"
#include "rest/node_wish.hpp"
#include "rest/route_question.hpp"
#include "rest/to_json.hpp"

namespace encluster::rest {

namespace {

constexpr std::string_view kHealth = "/healthz";
constexpr std::string_view kNode = "/v1/nodes/";
constexpr const char* kBusy = "the workers have too many commands to carry out";
constexpr const char* kReading = "GET, HEAD";
constexpr std::string_view kPatchTypes = "application/merge-patch+json, application/json";

Response well(const boost::json::object& object) {
  return {200, kJson, boost::json::serialize(object) + '\n', {}};
}

Response not_allowed(const std::string& method, const char* allowed) {
  Response response = problem(
      405, fmt::format("{} is not for this path; allowed: {}", control::shown(method), allowed));
  response.headers.emplace_back("Allow", allowed);
  return response;
}

Response no_node(const std::string& name) {
  return problem(404, fmt::format("there is no node {}", control::shown(name)));
}

bool reads(const std::string& method) { return method == "GET" || method == "HEAD"; }

/// A media type without parameters, in small letters.
std::string media_type(std::string_view type) {
  type = type.substr(0, type.find(';'));
  while (type.ends_with(' ') || type.ends_with('\t')) type.remove_suffix(1);
  std::string small(type);
  std::ranges::transform(small, small.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return small;
}

/// RFC 8259.
bool is_json(std::string_view type) { return media_type(type) == kJson; }

/// RFC 7396, RFC 8259.
bool is_patch_type(std::string_view type) {
  return is_json(type) || media_type(type) == "application/merge-patch+json";
}

Response response_to(const ConnectionList& list) {
  switch (list.outcome) {
    case ConnectionList::Outcome::busy:
      return unavailable(kBusy);
    case ConnectionList::Outcome::wrong_cursor:
      return problem(400, "cursor: found one of a gateway with more workers");
    case ConnectionList::Outcome::done:
      break;
  }
  return well(to_json(list));
}

}  // namespace

/// What there is at a path that has no parts of its own.
struct Router::Endpoint {
  std::string_view path;
  bool has_query;
  const char* methods;  ///< as in Allow
  void (Router::*answer)(const Target&, const Request&, const Respond&);
};

template <auto view>
void Router::show(const Target& /*target*/, const Request& /*request*/, const Respond& respond) {
  respond(well(to_json((gateway_.*view)())));
}

const Router::Endpoint* Router::endpoint_at(const std::string& path) {
  static constexpr std::array kEndpoints{
      Endpoint{kHealth, false, kReading, &Router::health},
      Endpoint{"/metrics", false, kReading, &Router::metrics},
      Endpoint{"/v1/status", false, kReading, &Router::show<&Gateway::status>},
      Endpoint{"/v1/nodes", false, kReading, &Router::show<&Gateway::nodes>},
      Endpoint{"/v1/services", false, kReading, &Router::show<&Gateway::services>},
      Endpoint{"/v1/switch", false, kReading, &Router::show<&Gateway::message_switch>},
      Endpoint{"/v1/ports", false, kReading, &Router::show<&Gateway::ports>},
      Endpoint{"/v1/exports", false, kReading, &Router::show<&Gateway::exports>},
      Endpoint{"/v1/drops", false, kReading, &Router::show<&Gateway::drops>},
      Endpoint{"/v1/alarms", false, kReading, &Router::show<&Gateway::alarms>},
      Endpoint{"/v1/events", false, kReading, &Router::events},
      Endpoint{"/v1/connections", true, kReading, &Router::connections},
      Endpoint{"/v1/route", false, "POST", &Router::route},
      Endpoint{"/v1/reload", false, "POST", &Router::reload},
  };
  const auto* const found = std::ranges::find(kEndpoints, path, &Endpoint::path);
  return found == kEndpoints.end() ? nullptr : found;
}

bool Router::needs_token(std::string_view target) {
  const auto parsed = parse_target(target);
  return !parsed || parsed->path != kHealth;
}

void Router::handle(const Request& request, const Respond& respond) {
  const auto target = parse_target(request.target);
  if (!target) return respond(problem(400, "the request's target is no path with a query"));
  const Endpoint* const endpoint = endpoint_at(target->path);
  const bool node = target->path.starts_with(kNode) && target->path.size() > kNode.size();
  if (endpoint == nullptr && !node) {
    return respond(
        problem(404, fmt::format("there is nothing at {}", control::shown(target->path))));
  }
  if (!(endpoint != nullptr && endpoint->has_query) && !target->query.empty()) {
    return respond(problem(400, fmt::format("{}: found a parameter; allowed: none",
                                            control::shown(target->query.begin()->first))));
  }
  if (node) return this->node(target->path.substr(kNode.size()), request, respond);
  const bool allowed =
      endpoint->methods == kReading ? reads(request.method) : request.method == endpoint->methods;
  if (!allowed) return respond(not_allowed(request.method, endpoint->methods));
  (this->*endpoint->answer)(*target, request, respond);
}

void Router::node(const std::string& name, const Request& request, const Respond& respond) {
  if (request.method == "PATCH") return change_node(name, request, respond);
  if (!reads(request.method)) return respond(not_allowed(request.method, "GET, HEAD, PATCH"));
  const auto nodes = gateway_.nodes();
  const auto found = std::ranges::find(nodes, name, &NodeView::name);
  respond(found == nodes.end() ? no_node(name) : well(to_json(*found)));
}

void Router::health(const Target& /*target*/, const Request& /*request*/, const Respond& respond) {
  if (gateway_.is_recovering()) {
    return respond(unavailable("nodes have not told yet which connections they have"));
  }
  respond({200, "text/plain", "ok\n", {}});
}

void Router::metrics(const Target& /*target*/, const Request& request, const Respond& respond) {
  const Exposition::Format format = format_for(request.accept);
  respond({200, content_type_of(format), metrics_text(gateway_, format), {}});
}

/// The head; Session sees to the rest.
void Router::events(const Target& /*target*/, const Request& /*request*/, const Respond& respond) {
  respond({200, kEventStream, {}, {}});
}

void Router::route(const Target& /*target*/, const Request& request, const Respond& respond) {
  if (!is_json(request.content_type)) {
    return respond(problem(415, fmt::format("Content-Type: found {}; allowed: {}",
                                            control::shown(request.content_type), kJson)));
  }
  try {
    gateway_.route(parse_route_question(request.body),
                   [respond](const std::optional<RouteView>& route) {
                     respond(route ? well(to_json(*route)) : unavailable(kBusy));
                   });
  } catch (const BadRequest& bad) {
    respond(problem(400, bad.what()));
  }
}

void Router::reload(const Target& /*target*/, const Request& /*request*/, const Respond& respond) {
  try {
    gateway_.reload();
  } catch (const std::runtime_error& refusal) {
    return respond(problem(409, fmt::format("nothing has changed: {}", refusal.what())));
  }
  respond(well({{"generation", gateway_.status().generation}}));
}

void Router::connections(const Target& target, const Request& /*request*/, const Respond& respond) {
  ConnectionQuery query;
  try {
    query = parse_connection_query(target.query);
  } catch (const BadRequest& bad) {
    return respond(problem(400, bad.what()));
  }
  gateway_.list_connections(query,
                            [respond](const ConnectionList& list) { respond(response_to(list)); });
}

void Router::change_node(const std::string& name, const Request& request, const Respond& respond) {
  if (!is_patch_type(request.content_type)) {
    Response response =
        problem(415, fmt::format("Content-Type: found {}; allowed: {}",
                                 control::shown(request.content_type), kPatchTypes));
    response.headers.emplace_back("Accept-Patch", kPatchTypes);
    return respond(std::move(response));
  }
  NodeWish wish;
  try {
    wish = parse_node_wish(request.body);
  } catch (const BadRequest& bad) {
    return respond(problem(400, bad.what()));
  }
  try {
    const auto node = gateway_.change_node(name, wish);
    respond(node ? well(to_json(*node)) : no_node(name));
  } catch (const std::runtime_error& failure) {
    respond(problem(500, fmt::format("nothing has changed: {}", failure.what())));
  }
}

}  // namespace encluster::rest
