// What others send to the responder of MOUNT's lists: calls of remotes, and nodes' answers to DUMP.
#include "fuzz/finding.hpp"
#include "fuzz/rpc_cluster.hpp"
#include "mount_responder/mounts.hpp"
#include "mount_responder/question.hpp"

using namespace encluster;
using namespace encluster::fuzz;
using namespace encluster::mount_responder;

namespace {

constexpr NodeId kNode(2);

switching::ClusterState cluster() {
  switching::ClusterState state;
  state.exports = rpc_cluster(true).exports;
  state.interconnect.address = {Ipv4Address(10, 77, 0, 1), 24};
  state.nodes = {{"beta", kNode, Ipv4Address(10, 77, 0, 12)}};
  return state;
}

/// Whoever sends a call is answered what the reference settles by its header.
void check_question(const test::Bytes& bytes) {
  const Question question = read_question(bytes);
  const reference::Opened expected = reference::open_call(bytes, {100005}, 1, 3);
  if (expected.settled && expected.settled->verdict == Verdict::drop) {
    return require(question.asked == Asked::nothing, "an answer to what is no call");
  }
  if (expected.settled) {
    return require(question.asked == Asked::settled && question.reply == expected.settled->reply,
                   "another answer than the header's");
  }
  const std::uint32_t procedure = expected.header.procedure;
  const bool exports = procedure == 5 || (procedure == 6 && expected.header.version < 3);
  require((question.asked == Asked::exports) == exports &&
              (question.asked == Asked::mounts) == (procedure == 2),
          "a list that was not asked for");
  require(question.xid == expected.header.xid, "another call's number");
  if (question.asked != Asked::settled) return;
  require(question.reply == reference::answered(question.xid, procedure == 0 ? 0 : 3, {}).reply,
          "a procedure that is not there");
}

/// What is told again is what was read, but for what must not be.
void check_list(const test::Bytes& bytes) {
  static const switching::ClusterState kCluster = cluster();
  const std::uint32_t xid = bytes.size() < 4 ? 0 : reference::Reader(bytes).number();
  const auto list = read_dump_reply(bytes, xid);
  if (!list) return;
  require(is_reply_to(bytes, xid), "a list that answers nothing");
  Mounts mounts(kCluster);
  mounts.add(kNode, *list);
  require(mounts.entries().size() <= list->size(), "entries from nowhere");
  for (const MountEntry& entry : mounts.entries()) {
    require(entry.directory.find("export") != std::string::npos && !entry.remote.empty() &&
                entry.remote != "beta" && entry.remote.size() <= 255,
            "an entry that must not be told");
  }
  const Bytes again = reply_with(xid, mounts.as_xdr());
  const auto told = read_dump_reply(again, xid);
  require(told.has_value() && std::equal(told->begin(), told->end(), mounts.entries().begin(),
                                         mounts.entries().end()),
          "a list that is not read as it was told");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > kMaxReply) return 0;
  // A copy without room behind it: a sanitizer sees the first byte read too far.
  const auto given = std::as_bytes(std::span(data, size));
  const test::Bytes bytes(given.begin(), given.end());
  check_question(bytes);
  check_list(bytes);
  return 0;
}
