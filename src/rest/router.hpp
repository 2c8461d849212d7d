// From a request to its response. Knows no sockets.
#pragma once

#include <functional>
#include <string_view>

#include "rest/gateway.hpp"
#include "rest/message.hpp"
#include "rest/target.hpp"

namespace encluster::rest {

/// Control thread only.
class Router {
 public:
  using Respond = std::function<void(Response)>;

  /// @param gateway outlives the router
  explicit Router(Gateway& gateway) : gateway_(gateway) {}

  /// Whether only callers with the token may ask for this.
  [[nodiscard]] static bool needs_token(std::string_view target);

  /// Calls `respond` at once or later; never, if the gateway ends before. HEAD is answered as GET.
  void handle(const Request& request, const Respond& respond);

 private:
  struct Endpoint;

  /// Null: there is none.
  [[nodiscard]] static const Endpoint* endpoint_at(const std::string& path);

  template <auto view>
  void show(const Target& target, const Request& request, const Respond& respond);
  void health(const Target& target, const Request& request, const Respond& respond);
  void metrics(const Target& target, const Request& request, const Respond& respond);
  void connections(const Target& target, const Request& request, const Respond& respond);
  void events(const Target& target, const Request& request, const Respond& respond);
  void route(const Target& target, const Request& request, const Respond& respond);
  void reload(const Target& target, const Request& request, const Respond& respond);
  void node(const std::string& name, const Request& request, const Respond& respond);
  void change_node(const std::string& name, const Request& request, const Respond& respond);

  Gateway& gateway_;
};

}  // namespace encluster::rest
