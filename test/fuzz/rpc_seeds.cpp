#include "fuzz/rpc_seeds.hpp"

#include <string>

#include "support/rpc.hpp"

namespace encluster::fuzz {

namespace {

using test::Bytes;
using test::rpc_call;
using test::Xdr;

/// Handles of rpc_cluster.hpp's exports.
Bytes ganesha() {
  return {std::byte{0x43}, std::byte{0}, std::byte{0}, std::byte{1}, std::byte{0x12}};
}
Bytes knfsd() {
  Bytes handle{std::byte{1}, std::byte{0}, std::byte{1}, std::byte{1}, std::byte{0}, std::byte{1}};
  handle.resize(28);
  return handle;
}
Bytes other() {
  Bytes handle(8);
  handle[5] = std::byte{1};
  return handle;
}

std::string text_of(const Xdr& call) {
  return {reinterpret_cast<const char*>(call.bytes().data()), call.bytes().size()};
}

}  // namespace

void rpc_calls(const WriteSeed& write) {
  const auto nfs = [](std::uint32_t version, std::uint32_t procedure) {
    return rpc_call(100003, version, procedure);
  };
  const auto mount = [](std::uint32_t version, std::uint32_t procedure) {
    return rpc_call(100005, version, procedure);
  };
  Bytes padded = knfsd();
  padded.resize(32);
  const std::string who(1, '\0');
  write("nfs", "null", who + text_of(nfs(3, 0)));
  write("nfs", "getattr", who + text_of(nfs(3, 1).variable(ganesha())));
  write("nfs", "read", who + text_of(nfs(3, 6).variable(knfsd()).number(0).number(0).number(8192)));
  write("nfs", "range", who + text_of(nfs(3, 1).variable(other())));
  write("nfs", "version-2", who + text_of(nfs(2, 6).fixed(padded).number(0).number(8192)));
  const Xdr rename = nfs(3, 14).variable(ganesha()).variable("a").variable(knfsd()).variable("b");
  write("nfs", "rename", who + text_of(rename));
  write("nfs", "link", who + text_of(nfs(3, 15).variable(ganesha()).variable(ganesha())));
  write("nfs", "acl", who + text_of(rpc_call(100227, 3, 1).variable(ganesha()).number(1)));
  write("mount", "null", who + text_of(mount(3, 0)));
  write("mount", "mnt", who + text_of(mount(3, 1).variable("/export/a/./b/../b")));
  write("mount", "umnt", who + text_of(mount(1, 3).variable("export//")));
  write("mount", "umntall", who + text_of(mount(3, 4)));
  write("mount", "export", who + text_of(mount(3, 5)));
  const auto answer = [] { return test::rpc_reply(0); };
  const std::string mounts = text_of(answer()
                                         .number(1)
                                         .variable("client")
                                         .variable("/export/a/x")
                                         .number(1)
                                         .variable("10.77.0.9")
                                         .variable("/export")
                                         .number(0));
  write("mount_lists", "mounts", mounts);
  write("mount_lists", "no-mounts", text_of(answer().number(0)));
  for (const std::uint32_t procedure : {0U, 2U, 5U}) {
    write("mount_lists", "call-" + std::to_string(procedure), text_of(mount(3, procedure)));
  }
  Xdr authenticated;
  for (const std::uint32_t word : {7U, 0U, 2U, 100003U, 3U, 1U, 1U}) authenticated.number(word);
  authenticated.variable(Bytes(40)).number(0).number(0).variable("text").variable("more");
  write("rpc_call", "authenticated", text_of(authenticated));
}

}  // namespace encluster::fuzz
