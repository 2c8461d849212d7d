// The header of an RPC call: what is read is what the reference reads.
#include "differential/rpc/reference.hpp"
#include "fuzz/finding.hpp"
#include "onc_rpc/call.hpp"
#include "onc_rpc/xdr.hpp"

using namespace encluster;
using namespace encluster::fuzz;

namespace {

/// Arguments, as strings to their end: none is longer than the bytes.
void read_strings(std::span<const std::byte> bytes) {
  onc_rpc::XdrReader reader(bytes);
  reference::Reader expected(bytes);
  while (reader.ok() && !reader.rest().empty()) {
    const auto text = reader.variable(1024);
    try {
      const std::string same = expected.string(1024);
      require(reader.ok() &&
                  std::equal(text.begin(), text.end(), same.begin(), same.end(),
                             [](std::byte a, char b) { return a == static_cast<std::byte>(b); }),
              "another string than the reference reads");
    } catch (const reference::Malformed&) {
      require(!reader.ok() && text.empty(), "a string that is none");
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // A copy without room behind it: a sanitizer sees the first byte read too far.
  const auto given = std::as_bytes(std::span(data, size));
  const test::Bytes bytes(given.begin(), given.end());
  onc_rpc::Call call;
  const bool read = onc_rpc::read_call(bytes, call);
  const reference::Opened expected = reference::open_call(bytes, {call.program}, 0, 0xffffffff);
  const bool dropped = expected.settled && expected.settled->verdict == Verdict::drop;
  require(read != dropped, "a header that only one of both takes for one");
  if (!read) return 0;
  require(call.xid == expected.header.xid, "another xid");
  require((call.rpc_version == onc_rpc::kRpcVersion) == !expected.settled,
          "another version of RPC");
  if (expected.settled) return 0;
  require(call.program == expected.header.program && call.version == expected.header.version &&
              call.procedure == expected.header.procedure,
          "another procedure");
  read_strings(call.arguments);
  return 0;
}
