#include "nfs/nfs_call.hpp"

#include "onc_rpc/xdr.hpp"

namespace encluster::nfs {

namespace {

/// Longest name in a directory: of version 2 as the RFC says; version 3 leaves it open, and a name
/// fits into the datagram anyway.
constexpr std::uint32_t kNameBytes2 = 255;
constexpr std::uint32_t kNameBytes3 = 65'535;

std::span<const std::byte> read_handle(onc_rpc::XdrReader& reader, std::uint32_t version) noexcept {
  return version == 2 ? reader.fixed(kHandleBytes2) : reader.variable(kHandleBytes3);
}

}  // namespace

bool read_handles(const onc_rpc::Call& call, const Procedure& procedure,
                  Handles& handles) noexcept {
  onc_rpc::XdrReader reader(call.arguments);
  handles.first = read_handle(reader, call.version);
  if (procedure.kind == CallKind::two) {
    if (procedure.named) {
      static_cast<void>(reader.variable(call.version == 2 ? kNameBytes2 : kNameBytes3));
    }
    handles.second = read_handle(reader, call.version);
  }
  return reader.ok();
}

}  // namespace encluster::nfs
