// The connections of the gateway's own kernel: those of node 0.
#pragma once

#include <vector>

#include "agent_protocol/messages.hpp"

namespace encluster {

/// In the words in which other nodes tell theirs. @throws std::runtime_error
[[nodiscard]] std::vector<agent_protocol::TcpSocket> own_sockets();

}  // namespace encluster
