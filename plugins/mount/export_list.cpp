#include "mount/export_list.hpp"

#include <string>
#include <utility>

#include "onc_rpc/xdr_writer.hpp"

namespace encluster::mount {

namespace {

std::string to_text(const Ipv4Prefix& prefix) {
  std::string text;
  for (int shift = 24; shift >= 0; shift -= 8) {
    text += std::to_string(prefix.address.value() >> shift & 0xff);
    text += shift == 0 ? '/' : '.';
  }
  return text + std::to_string(prefix.length);
}

}  // namespace

std::vector<std::byte> exports_as_xdr(const std::vector<ExportConfig>& exports) {
  constexpr std::uint32_t kAnother = 1;
  constexpr std::uint32_t kEnd = 0;
  onc_rpc::XdrWriter xdr;
  for (const ExportConfig& one : exports) {
    xdr.number(kAnother);
    xdr.variable(one.path);
    for (const Ipv4Prefix& clients : one.clients) {
      xdr.number(kAnother);
      xdr.variable(to_text(clients));
    }
    xdr.number(kEnd);
  }
  xdr.number(kEnd);
  return std::move(xdr).take();
}

}  // namespace encluster::mount
