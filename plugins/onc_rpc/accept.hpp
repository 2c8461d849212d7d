// What all services of ONC RPC do with a call before they look at its procedure.
#pragma once

#include <cstdint>
#include <span>

#include "encluster/routing_function.hpp"
#include "onc_rpc/call.hpp"

namespace encluster::onc_rpc {

/// A program that is served, and its versions.
struct Program {
  std::uint32_t number = 0;
  std::uint32_t lowest = 0;
  std::uint32_t highest = 0;
};

namespace detail {
/// Drops or answers what is not for one of the programs.
void refuse(RouteRequest& request, std::span<const Program> programs, bool is_call,
            const Call& call) noexcept;
}  // namespace detail

/// Reads the header of the request's call. What is no call is dropped; a call for another version
/// of RPC, another program, or another version of it is answered so.
/// @return true if the call is for one of the programs, and has no verdict yet
[[nodiscard]] inline bool accept(RouteRequest& request, std::span<const Program> programs,
                                 Call& call) noexcept {
  const bool is_call = read_call(request.packet->payload_bytes(), call);
  for (const Program& program : programs) {
    if (is_call && call.program == program.number && call.version >= program.lowest &&
        call.version <= program.highest) {
      return true;
    }
  }
  detail::refuse(request, programs, is_call, call);
  return false;
}

/// Whether the export is for the sender. The cluster's nodes may use all.
[[nodiscard]] bool may_use(const ExportConfig& exported, const RouteRequest& request) noexcept;

}  // namespace encluster::onc_rpc
