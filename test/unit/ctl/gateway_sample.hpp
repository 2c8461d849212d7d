// A look at a gateway with one network, two nodes and a service.
#pragma once

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <cstdint>

#include "ctl/rates.hpp"

namespace encluster::ctl::test {

struct Counted {
  double uptime = 0;          ///< seconds
  std::uint64_t packets = 0;  ///< received, of 100 bytes each; twice as many are sent
  std::uint64_t opened = 0;
  std::uint64_t dropped = 0;
};

inline Sample sample(const Counted& counted) {
  using boost::json::parse;
  Sample made{
      parse(R"({"cluster":"demo","version":"1","generation":1,"recovering":false,"workers":1,)"
            R"("counters":{"connections":5},"drops":{"ipv6":2},"agents":null})"),
      parse(R"({"nodes":[{"name":"gateway","id":0,"address":"10.77.0.1","up":true,"weight":1,)"
            R"("draining":false,"agent":null,"load":null,"leases":0},)"
            R"({"name":"alpha","id":1,"address":"10.77.0.11","up":true,"weight":3,)"
            R"("draining":false,"agent":true,"load":0.25,"leases":2}]})"),
      parse(R"({"services":[{"name":"ssh","protocol":"tcp","port":22,"network":null,)"
            R"("plugin":"login","options":{},"nodes":["alpha","beta"],)"
            R"("nodes_for_sessions":["alpha","gateway"]}]})")};
  auto& status = made.status.as_object();
  status["uptime_seconds"] = counted.uptime;
  status["counters"].as_object()["connections_opened"] = counted.opened;
  status["drops"].as_object()["no_connection"] = counted.dropped;
  status["traffic"] = {{{"name", "campus"},
                        {"packets_received", counted.packets},
                        {"bytes_received", counted.packets * 100},
                        {"packets_sent", counted.packets * 2},
                        {"bytes_sent", counted.packets * 200}}};
  return made;
}

}  // namespace encluster::ctl::test
