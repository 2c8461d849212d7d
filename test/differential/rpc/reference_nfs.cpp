#include <map>

#include "differential/rpc/reference.hpp"

namespace encluster::reference {

namespace {

using test::Asker;
using test::Routed;

/// What a procedure's arguments begin with, and the words behind the status of a reply that fails.
struct Signature {
  std::string arguments;  ///< a character each: h a handle, n a name
  std::size_t failure = 0;
};

/// RFC 1094, section 2.2: every procedure. A reply that fails is its status.
std::optional<Signature> version_2(std::uint32_t procedure) {
  static const std::map<std::uint32_t, std::string> kArguments{
      {0, ""},    {1, "h"},  {2, "h"},  {3, ""},   {4, "h"},  {5, "h"},
      {6, "h"},   {7, ""},   {8, "h"},  {9, "h"},  {10, "h"}, {11, "hnh"},
      {12, "hh"}, {13, "h"}, {14, "h"}, {15, "h"}, {16, "h"}, {17, "h"}};
  const auto found = kArguments.find(procedure);
  if (found == kArguments.end()) return std::nullopt;
  return Signature{found->second, 0};
}

/// RFC 1813, section 3.3. post_op_attr without attributes is a word, wcc_data two.
std::optional<Signature> version_3(std::uint32_t procedure) {
  constexpr std::size_t kPostOpAttr = 1;
  constexpr std::size_t kWccData = 2;
  switch (procedure) {
    case 0:
      return Signature{"", 0};
    case 1:  // GETATTR3resfail is void
      return Signature{"h", 0};
    case 3:   // LOOKUP
    case 4:   // ACCESS
    case 5:   // READLINK
    case 6:   // READ
    case 16:  // READDIR
    case 17:  // READDIRPLUS
    case 18:  // FSSTAT
    case 19:  // FSINFO
    case 20:  // PATHCONF
      return Signature{"h", kPostOpAttr};
    case 2:   // SETATTR
    case 7:   // WRITE
    case 8:   // CREATE
    case 9:   // MKDIR
    case 10:  // SYMLINK
    case 11:  // MKNOD
    case 12:  // REMOVE
    case 13:  // RMDIR
    case 21:  // COMMIT
      return Signature{"h", kWccData};
    case 14:  // RENAME: fromdir_wcc, todir_wcc
      return Signature{"hnh", 2 * kWccData};
    case 15:  // LINK: file_attributes, linkdir_wcc
      return Signature{"hh", kPostOpAttr + kWccData};
    default:
      return std::nullopt;
  }
}

std::optional<Signature> acl(std::uint32_t version, std::uint32_t procedure) {
  if (procedure == 0) return Signature{"", 0};
  if (version == 2) return procedure <= 5 ? std::optional(Signature{"h", 0}) : std::nullopt;
  return procedure <= 3 ? std::optional(Signature{"h", 1}) : std::nullopt;
}

std::uint8_t byte_at(const std::string& handle, std::size_t at) {
  return static_cast<std::uint8_t>(handle.at(at));
}

FileSystemKey key(FileSystemKeyKind kind, std::uint8_t type, const std::string& bytes) {
  return {kind, type, std::as_bytes(std::span(bytes))};
}

/// As docs/configuration.md describes keys.
std::vector<FileSystemKey> keys_of(const std::string& handle, const Range& range) {
  std::vector<FileSystemKey> keys;
  if (handle.size() >= 4 && byte_at(handle, 0) == 0x43) {
    keys.push_back(key(FileSystemKeyKind::ganesha, 0, handle.substr(2, 2)));
  } else if (handle.size() >= 4 && byte_at(handle, 0) == 1 && byte_at(handle, 1) == 0) {
    static const std::map<std::uint8_t, std::size_t> kFsid{{0, 8}, {1, 4}, {2, 12}, {3, 8},
                                                           {4, 8}, {5, 8}, {6, 16}, {7, 24}};
    const auto size = kFsid.find(byte_at(handle, 2));
    if (size != kFsid.end() && handle.size() >= 4 + size->second) {
      keys.push_back(key(FileSystemKeyKind::knfsd, size->first, handle.substr(4, size->second)));
    }
  }
  if (range && handle.size() > range->second) {
    keys.push_back(key(FileSystemKeyKind::bytes, 0,
                       handle.substr(range->first, range->second - range->first + 1)));
  }
  return keys;
}

const ExportConfig* export_of(const Cluster& cluster, const std::string& handle) {
  for (const FileSystemKey& wanted : keys_of(handle, cluster.range)) {
    for (const ExportConfig& one : cluster.exports) {
      for (const FileSystemKey& key : one.keys) {
        if (key == wanted) return &one;
      }
    }
  }
  return nullptr;
}

/// Who gets the calls for a handle; nothing: nobody.
std::optional<NodeId> node_of(const Cluster& cluster, const ExportConfig* exported,
                              const Asker& asker) {
  bool gateway_exports = false;
  for (const ExportConfig& one : cluster.exports) {
    if (one.node == kGateway) gateway_exports = true;
  }
  std::optional<NodeId> node;
  if (exported != nullptr) {
    node = exported->node;
  } else if (gateway_exports) {
    node = kGateway;
  }
  if (node == kGateway && asker.from_node) return std::nullopt;
  return node;
}

std::vector<std::string> handles_of(Reader& arguments, const std::string& signature,
                                    std::uint32_t version) {
  std::vector<std::string> handles;
  for (const char item : signature) {
    if (item == 'n') {
      arguments.string(version == 2 ? 255 : 65535);
    } else {
      handles.push_back(version == 2 ? arguments.opaque(32) : arguments.string(64));
    }
  }
  return handles;
}

Routed failed(const Header& header, const Signature& signature, std::uint32_t status,
              DropReason reason) {
  std::vector<std::uint32_t> words{status};
  words.resize(1 + signature.failure);
  return answered(header.xid, 0, words, reason);
}

Routed by_handles(const Cluster& cluster, const Header& header, const Signature& signature,
                  const std::vector<std::string>& handles, const Asker& asker) {
  std::vector<const ExportConfig*> exports;
  std::vector<NodeId> nodes;
  for (const std::string& handle : handles) {
    exports.push_back(export_of(cluster, handle));
    const auto node = node_of(cluster, exports.back(), asker);
    if (!node) return failed(header, signature, 70, DropReason::not_exported);
    nodes.push_back(*node);
  }
  for (const ExportConfig* exported : exports) {
    if (exported != nullptr && !is_client(*exported, asker)) {
      return failed(header, signature, 13, DropReason::client_denied);
    }
  }
  if (nodes.front() != nodes.back()) {
    return failed(header, signature, header.version == 2 ? 13 : 18, DropReason::other_file_system);
  }
  return forwarded(nodes.front(), kNfsPort);
}

}  // namespace

Routed nfs_call(const Cluster& cluster, std::span<const std::byte> call, const Asker& asker) {
  Opened opened = open_call(call, {100003, 100227}, 2, 3);
  if (opened.settled) return *opened.settled;
  const Header& header = opened.header;
  std::optional<Signature> signature;
  if (header.program == 100227) {
    signature = acl(header.version, header.procedure);
  } else {
    signature = header.version == 2 ? version_2(header.procedure) : version_3(header.procedure);
  }
  if (!signature) return answered(header.xid, 3, {}, DropReason::rpc_unavailable);
  if (signature->arguments.empty()) return answered(header.xid, 0, {});
  try {
    const auto handles = handles_of(*opened.arguments, signature->arguments, header.version);
    return by_handles(cluster, header, *signature, handles, asker);
  } catch (const Malformed&) {
    return dropped(DropReason::rpc_arguments);
  }
}

}  // namespace encluster::reference
