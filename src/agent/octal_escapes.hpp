// How files of the system's tables write what separates their fields: `\040` is a blank.
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>

namespace encluster::agent {

/// @param special the characters, all of ASCII, to be written so; the backslash is among them
[[nodiscard]] inline std::string with_octal_escapes(std::string_view text,
                                                    std::string_view special) {
  std::string result;
  for (const char c : text) {
    const bool plain = special.find(c) == std::string_view::npos;
    result += plain ? std::string(1, c) : fmt::format("\\{:03o}", static_cast<unsigned>(c));
  }
  return result;
}

}  // namespace encluster::agent
