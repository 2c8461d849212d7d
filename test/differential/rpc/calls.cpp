#include "differential/rpc/calls.hpp"

#include <array>

namespace encluster::reference {

namespace {

using test::Bytes;
using test::Random;
using test::Xdr;

constexpr std::array<std::size_t, 8> kFsid{8, 4, 12, 8, 8, 8, 16, 24};
constexpr std::uint32_t kFewBytes = 3;  // each of few values, so that keys nearly meet

Bytes few_values(std::size_t count, Random& random) {
  Bytes bytes(count);
  for (std::byte& byte : bytes) byte = static_cast<std::byte>(random.upto(kFewBytes));
  return bytes;
}

FileSystemKey random_key(const Range& range, Random& random) {
  const std::uint32_t kind = random.upto(range ? 2 : 1);
  if (kind == 0) return {FileSystemKeyKind::ganesha, 0, few_values(2, random)};
  if (kind == 1) {
    const auto type = static_cast<std::uint8_t>(random.upto(7));
    return {FileSystemKeyKind::knfsd, type, few_values(kFsid[type], random)};
  }
  return {FileSystemKeyKind::bytes, 0, few_values(range->second - range->first + 1, random)};
}

std::string random_path(Random& random) {
  static const std::array<std::string, 10> kNames{"a", "b",  "ab", "export",   "x",
                                                  ".", "..", "",   "\xff\x80", "..."};
  std::string path = random.once_in(6) ? "" : "/";
  for (std::uint32_t names = random.upto(4); names > 0; --names) {
    path += kNames[random.upto(kNames.size() - 1)] + '/';
  }
  if (!random.once_in(4) && path.size() > 1) path.pop_back();
  if (random.once_in(200)) path += std::string(random.between(1015, 1030), 'y');
  if (random.once_in(100)) path += '\0';
  return path;
}

bool has(const Cluster& cluster, const FileSystemKey& key) {
  for (const ExportConfig& one : cluster.exports) {
    for (const FileSystemKey& other : one.keys) {
      if (other == key) return true;
    }
  }
  return false;
}

/// A handle with this key, as its server would make it.
Bytes handle_with(const FileSystemKey& key, const Range& range, Random& random) {
  Bytes handle;
  if (key.kind() == FileSystemKeyKind::ganesha) {
    handle = {std::byte{0x43}, static_cast<std::byte>(random.upto(1))};
  } else if (key.kind() == FileSystemKeyKind::knfsd) {
    handle = {std::byte{1}, std::byte{0}, std::byte{key.type()}, std::byte{1}};
  } else if (range) {
    handle = few_values(range->first, random);
  }
  handle.insert(handle.end(), key.bytes().begin(), key.bytes().end());
  const Bytes rest = few_values(random.upto(12), random);
  handle.insert(handle.end(), rest.begin(), rest.end());
  return handle;
}

Bytes random_handle(const Cluster& cluster, Random& random) {
  if (random.once_in(10)) return few_values(random.upto(68), random);
  if (random.once_in(10) || cluster.exports.empty()) {
    return handle_with(random_key(cluster.range, random), cluster.range, random);
  }
  const auto& keys =
      cluster.exports[random.upto(static_cast<std::uint32_t>(cluster.exports.size() - 1))].keys;
  if (keys.empty()) return {};
  return handle_with(keys[random.upto(static_cast<std::uint32_t>(keys.size() - 1))], cluster.range,
                     random);
}

Xdr random_header(std::uint32_t program, std::uint32_t version, std::uint32_t procedure,
                  Random& random) {
  Xdr call;
  call.number(random.upto(0xffffffff)).number(random.once_in(100) ? 1 : 0);
  call.number(random.once_in(100) ? random.upto(4) : 2);
  call.number(program).number(version).number(procedure);
  for (int i = 0; i < 2; ++i) {
    const std::uint32_t size =
        random.once_in(50) ? random.between(396, 404) : (random.once_in(2) ? 0 : random.upto(60));
    call.number(random.upto(6)).variable(Bytes(size, std::byte{0xcc}));
  }
  return call;
}

Xdr random_nfs(const Cluster& cluster, Random& random) {
  const std::uint32_t program =
      random.once_in(50) ? random.between(100002, 100004) : (random.once_in(6) ? 100227 : 100003);
  const std::uint32_t version = random.once_in(30) ? random.upto(5) : random.between(2, 3);
  const std::uint32_t procedure = random.once_in(3) ? random.between(11, 15) : random.upto(24);
  Xdr call = random_header(program, version, procedure, random);
  const auto add_handle = [&] {
    Bytes handle = random_handle(cluster, random);
    if (version != 2) return static_cast<void>(call.variable(handle));
    handle.resize(32);
    call.fixed(handle);
  };
  add_handle();
  const bool renames = procedure == (version == 2 ? 11U : 14U);
  if (renames)
    call.variable(
        std::string(random.upto(random.once_in(20) ? random.between(250, 260) : 12), 'n'));
  if (renames || procedure == (version == 2 ? 12U : 15U)) add_handle();
  return call.variable(std::string(random.upto(20), 'z'));
}

Xdr random_mount(const Cluster& cluster, Random& random) {
  const std::uint32_t program = random.once_in(50) ? random.between(100003, 100006) : 100005;
  const std::uint32_t version = random.once_in(30) ? random.upto(5) : random.between(1, 3);
  const std::uint32_t procedure = random.once_in(2) ? 1 : random.upto(9);
  Xdr call = random_header(program, version, procedure, random);
  std::string path = random_path(random);
  if (random.once_in(2) && !cluster.exports.empty()) {
    const auto last = static_cast<std::uint32_t>(cluster.exports.size() - 1);
    path = cluster.exports[random.upto(last)].path + (random.once_in(4) ? "" : path);
  }
  return call.variable(path);
}

/// Changes a byte, a number, or the length.
void damage(Bytes& call, Random& random) {
  if (call.empty()) return;
  const auto last = static_cast<std::uint32_t>(call.size() - 1);
  switch (random.upto(3)) {
    case 0:
      call[random.upto(last)] = static_cast<std::byte>(random.upto(255));
      break;
    case 1:
      call.resize(random.upto(last));
      break;
    case 2: {
      static const std::array<std::uint8_t, 5> kBytes{0, 1, 0x7f, 0x80, 0xff};
      const std::size_t at = random.upto(last) / 4 * 4;
      for (std::size_t i = at; i < at + 4 && i < call.size(); ++i) {
        call[i] = std::byte{kBytes[random.upto(4)]};
      }
      break;
    }
    default:
      call.resize(call.size() + random.upto(40));
  }
}

}  // namespace

Cluster random_cluster(Random& random) {
  Cluster cluster;
  if (random.once_in(2)) {
    const std::size_t first = random.upto(6);
    cluster.range = {first, first + random.upto(5)};
  }
  // Sometimes, what EXPORT tells is about as long as a reply may be.
  const std::string stem(random.once_in(4) ? random.between(40, 70) : 1, 'a');
  for (std::uint32_t count = random.upto(8); count > 0; --count) {
    ExportConfig one{
        .path = "/export",
        .node = NodeId(static_cast<std::uint16_t>(random.between(random.once_in(5) ? 0 : 1, 3)))};
    one.path = random.once_in(10)
                   ? "/"
                   : "/export/" + stem + (random.once_in(2) ? "a" : "") +
                         (random.once_in(3) ? "/b" : "") + (random.once_in(3) ? "/c" : "");
    for (std::uint32_t keys = random.upto(4); keys > 0; --keys) {
      const FileSystemKey key = random_key(cluster.range, random);
      if (!has(cluster, key)) one.keys.push_back(key);
    }
    if (random.once_in(4)) one.clients.push_back({Ipv4Address(198, 51, 100, 0), 25});
    bool known = false;
    for (const ExportConfig& other : cluster.exports) known = known || other.path == one.path;
    if (!known) cluster.exports.push_back(one);
  }
  for (std::uint16_t node = 1; node <= 3; ++node) {
    if (random.once_in(2)) cluster.mount_ports.push_back({NodeId(node), random.port()});
  }
  if (random.once_in(2)) cluster.lists_port = random.port();
  return cluster;
}

Bytes random_call(const Cluster& cluster, Service service, Random& random) {
  Bytes call =
      (service == Service::mount ? random_mount(cluster, random) : random_nfs(cluster, random))
          .bytes();
  for (std::uint32_t times = random.once_in(3) ? random.between(1, 3) : 0; times > 0; --times) {
    damage(call, random);
  }
  return call;
}

test::Asker random_asker(Random& random) {
  return {.remote = Ipv4Address(Ipv4Address(198, 51, 100, 1).value() + random.upto(250)),
          .from_node = random.once_in(4),
          .fragment = random.once_in(8)};
}

}  // namespace encluster::reference
