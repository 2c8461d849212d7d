// Values of an answer as words for people.
#pragma once

#include <boost/json/value.hpp>
#include <string>
#include <string_view>

namespace encluster::ctl {

inline constexpr const char* kNothing = "-";

/// Nothing that a terminal could take for a command.
[[nodiscard]] std::string printable(std::string_view text);

/// `-` for null, yes and no, two decimals. @throws boost::system::system_error for lists and
/// objects
[[nodiscard]] std::string word(const boost::json::value& value);

}  // namespace encluster::ctl
