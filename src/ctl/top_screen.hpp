// What `enclusterctl top` shows.
#pragma once

#include <boost/json/object.hpp>
#include <string>
#include <vector>

#include "ctl/line.hpp"

namespace encluster::ctl {

/// A rate in at most five characters: `0`, `0.25`, `42`, `1.23k`, `123M`.
[[nodiscard]] std::string rate_text(double rate);

/// A screen of what rates() tells, no larger than `size`: longer lines are cut, and of the parts
/// (traffic, drops, nodes, services) the longest tell how many lines more they have.
/// @param notice a line above all of it, such as why the figures are old; empty: none
/// @throws as rates()
[[nodiscard]] std::vector<Line> top_screen(const boost::json::object& rates, const ScreenSize& size,
                                           const std::string& notice = {});

}  // namespace encluster::ctl
