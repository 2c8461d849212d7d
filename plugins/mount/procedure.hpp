// The procedures of MOUNT (RFC 1094, appendix A; RFC 1813, section 5).
#pragma once

#include <cstdint>

namespace encluster::mount {

inline constexpr std::uint32_t kProgram = 100005;
inline constexpr std::uint32_t kLowestVersion = 1;
inline constexpr std::uint32_t kHighestVersion = 3;

enum class Procedure : std::uint8_t {
  null,
  mount,               ///< argument: a directory
  dump,                ///< who has mounted what
  unmount,             ///< argument: a directory
  unmount_all,         ///< what the client has mounted
  exports,             ///< what there is
  path_configuration,  ///< of version 2 alone; argument: a directory
  unknown,
};

/// @pre the version is from kLowestVersion to kHighestVersion
[[nodiscard]] constexpr Procedure procedure_of(std::uint32_t version,
                                               std::uint32_t number) noexcept {
  constexpr std::uint32_t kExportAll = 6;  // the same as EXPORT, of versions 1 and 2
  if (number <= 5) return static_cast<Procedure>(number);
  if (version < 3 && number == kExportAll) return Procedure::exports;
  if (version == 2 && number == 7) return Procedure::path_configuration;
  return Procedure::unknown;
}

}  // namespace encluster::mount
