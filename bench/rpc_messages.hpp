// Datagrams of ONC RPC: calls of NFS and MOUNT as a client of AUTH_SYS sends them, and replies.
#pragma once

#include <array>
#include <cstddef>
#include <vector>

#include "traffic.hpp"

namespace encluster::bench {

/// What is behind the UDP header.
using RpcBody = std::vector<std::byte>;

class RpcMessages : public Traffic {
 public:
  using Traffic::Traffic;
  void renew(Batch& batch, std::size_t index, std::mt19937& random) override;
  [[nodiscard]] std::optional<std::string> fault(const Packet& packet,
                                                 std::size_t index) const override;

 protected:
  /// The same for the same message.
  [[nodiscard]] virtual RpcBody body(const Message& message) const = 0;

 private:
  std::array<Message, kBatch> messages_;
};

/// READ of version 3, with the 24 bytes of Ganesha's handle.
class NfsReads : public RpcMessages {
 public:
  using RpcMessages::RpcMessages;

 protected:
  [[nodiscard]] RpcBody body(const Message& message) const override;
};

/// MNT of version 3, of a directory in an export of the message's node.
class Mounts : public RpcMessages {
 public:
  using RpcMessages::RpcMessages;

 protected:
  [[nodiscard]] RpcBody body(const Message& message) const override;
};

/// What a node answers, as long as GETATTR's reply.
class NfsReplies : public RpcMessages {
 public:
  using RpcMessages::RpcMessages;

 protected:
  [[nodiscard]] RpcBody body(const Message& message) const override;
};

}  // namespace encluster::bench
