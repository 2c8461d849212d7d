#include "rest/router.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json/serialize.hpp>
#include <string>

#include "control/configuration_error.hpp"
#include "control/configuration_format.hpp"
#include "rest/node_wish.hpp"
#include "rest/to_json.hpp"

namespace encluster::rest {

namespace {

constexpr std::string_view kHealth = "/healthz";
constexpr std::string_view kConnections = "/v1/connections";
constexpr std::string_view kNode = "/v1/nodes/";
constexpr std::array<std::string_view, 6> kReadable{kHealth,     "/v1/status",  "/v1/nodes",
                                                    "/v1/ports", "/v1/exports", kConnections};
constexpr std::uint64_t kMostConnections = 1000;
constexpr std::string_view kPatchTypes = "application/merge-patch+json, application/json";
/// Seconds: the workers answer within milliseconds.
constexpr const char* kRetryAfter = "1";

Response well(const boost::json::object& object) {
  return {200, kJson, boost::json::serialize(object) + '\n', {}};
}

Response unavailable(const std::string& detail) {
  Response response = problem(503, detail);
  response.headers.emplace_back("Retry-After", kRetryAfter);
  return response;
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

/// Whether a body of this type is JSON (RFC 7396, RFC 8259); parameters are ignored.
bool is_patch_type(std::string_view type) {
  type = type.substr(0, type.find(';'));
  while (type.ends_with(' ') || type.ends_with('\t')) type.remove_suffix(1);
  std::string small(type);
  std::ranges::transform(small, small.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return small == "application/json" || small == "application/merge-patch+json";
}

/// @throws BadRequest
ConnectionQuery connection_query(const Target& target) {
  ConnectionQuery query;
  for (const auto& [key, value] : target.query) {
    if (key == "limit") {
      const auto limit = control::parse_number(value);
      if (!limit || *limit == 0 || *limit > kMostConnections) {
        throw BadRequest(fmt::format("limit: found {}; allowed: a whole number from 1 to {}",
                                     control::shown(value), kMostConnections));
      }
      query.limit = *limit;
    } else if (key == "cursor") {
      const auto cursor = parse_cursor(value);
      if (!cursor) {
        throw BadRequest(fmt::format("cursor: found {}; allowed: what an answer gave as next",
                                     control::shown(value)));
      }
      query.from = *cursor;
    } else {
      throw BadRequest(fmt::format("{}: found an unknown parameter; allowed: limit, cursor",
                                   control::shown(key)));
    }
  }
  return query;
}

Response response_to(const ConnectionList& list) {
  switch (list.outcome) {
    case ConnectionList::Outcome::busy:
      return unavailable("the workers have too many commands to carry out");
    case ConnectionList::Outcome::wrong_cursor:
      return problem(400, "cursor: found one of a gateway with more workers");
    case ConnectionList::Outcome::done:
      break;
  }
  return well(to_json(list));
}

}  // namespace

bool Router::needs_token(std::string_view target) {
  const auto parsed = parse_target(target);
  return !parsed || parsed->path != kHealth;
}

void Router::handle(const Request& request, const Respond& respond) {
  const auto target = parse_target(request.target);
  if (!target) return respond(problem(400, "the request's target is no path with a query"));
  const bool readable = std::ranges::find(kReadable, target->path) != kReadable.end();
  const bool node = target->path.starts_with(kNode) && target->path.size() > kNode.size();
  if (!readable && !node) {
    return respond(
        problem(404, fmt::format("there is nothing at {}", control::shown(target->path))));
  }
  if (target->path != kConnections && !target->query.empty()) {
    return respond(problem(400, fmt::format("{}: found a parameter; allowed: none",
                                            control::shown(target->query.begin()->first))));
  }
  if (readable) {
    if (!reads(request.method)) return respond(not_allowed(request.method, "GET, HEAD"));
    return read(*target, respond);
  }
  const std::string name = target->path.substr(kNode.size());
  if (reads(request.method)) return this->node(name, respond);
  if (request.method == "PATCH") return change_node(name, request, respond);
  respond(not_allowed(request.method, "GET, HEAD, PATCH"));
}

void Router::read(const Target& target, const Respond& respond) {
  if (target.path == kHealth) return health(respond);
  if (target.path == kConnections) return connections(target, respond);
  if (target.path == "/v1/status") return respond(well(to_json(gateway_.status())));
  if (target.path == "/v1/nodes") return respond(well(to_json(gateway_.nodes())));
  if (target.path == "/v1/exports") return respond(well(to_json(gateway_.exports())));
  respond(well(to_json(gateway_.ports())));
}

void Router::health(const Respond& respond) const {
  if (gateway_.is_recovering()) {
    return respond(unavailable("nodes have not told yet which connections they have"));
  }
  respond({200, "text/plain", "ok\n", {}});
}

void Router::node(const std::string& name, const Respond& respond) const {
  const auto nodes = gateway_.nodes();
  const auto found = std::ranges::find(nodes, name, &NodeView::name);
  respond(found == nodes.end() ? no_node(name) : well(to_json(*found)));
}

void Router::connections(const Target& target, const Respond& respond) {
  ConnectionQuery query;
  try {
    query = connection_query(target);
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
