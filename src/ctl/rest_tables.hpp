// The gateway's answers as tables.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <string>

#include "ctl/table.hpp"

namespace encluster::ctl {

/// All throw boost::system::system_error or std::logic_error if the answer is not of the form of
/// docs/rest-api.yaml.
[[nodiscard]] Tone node_tone(const boost::json::value& node);
[[nodiscard]] std::string status_text(const boost::json::value& status, const Style& style = {});
/// @param nodes an array of them
[[nodiscard]] std::string nodes_text(const boost::json::array& nodes, const Style& style = {});
[[nodiscard]] std::string services_text(const boost::json::value& answer, const Style& style = {});
[[nodiscard]] std::string switch_text(const boost::json::value& answer, const Style& style = {});
/// What has occurred, most of it first.
[[nodiscard]] std::string drops_text(const boost::json::value& answer, const Style& style = {});
[[nodiscard]] std::string ports_text(const boost::json::value& ports, const Style& style = {});
[[nodiscard]] std::string exports_text(const boost::json::value& answer, const Style& style = {});
[[nodiscard]] std::string connections_heading(const Style& style = {});
/// A line each, below the heading.
[[nodiscard]] std::string connections_text(const boost::json::array& connections,
                                           const Style& style = {});

}  // namespace encluster::ctl
