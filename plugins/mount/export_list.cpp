#include "mount/export_list.hpp"

#include <span>
#include <string>

#include "encluster/byte_order.hpp"

namespace encluster::mount {

namespace {

void add(std::vector<std::byte>& xdr, std::uint32_t number) {
  const Be32 wire(number);
  const auto bytes = std::as_bytes(std::span(&wire, 1));
  xdr.insert(xdr.end(), bytes.begin(), bytes.end());
}

void add(std::vector<std::byte>& xdr, const std::string& text) {
  add(xdr, static_cast<std::uint32_t>(text.size()));
  const auto bytes = std::as_bytes(std::span(text));
  xdr.insert(xdr.end(), bytes.begin(), bytes.end());
  xdr.resize((xdr.size() + 3) & ~std::size_t{3});
}

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
  std::vector<std::byte> xdr;
  for (const ExportConfig& one : exports) {
    add(xdr, kAnother);
    add(xdr, one.path);
    for (const Ipv4Prefix& clients : one.clients) {
      add(xdr, kAnother);
      add(xdr, to_text(clients));
    }
    add(xdr, kEnd);
  }
  add(xdr, kEnd);
  return xdr;
}

}  // namespace encluster::mount
