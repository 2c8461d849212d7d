// enclusterctl route: "where would this go?"
#pragma once

#include <boost/json/value.hpp>
#include <ostream>
#include <string>

#include "ctl/rest_options.hpp"

namespace encluster::ctl {

/// Of a packet in words, of one in hexadecimal, or of each packet of a capture.
/// @throws std::runtime_error with the gateway's reason, or of the file; UsageError
void show_route(const RestOptions& options, std::ostream& output);

/// The body of POST /v1/route for what the words of the command say. @throws UsageError
[[nodiscard]] std::string route_question(const RestOptions& options);

/// Both throw as the functions of rest_tables.hpp.
[[nodiscard]] std::string route_text(const boost::json::value& route);
/// A line.
[[nodiscard]] std::string short_route_text(const boost::json::value& route);

}  // namespace encluster::ctl
