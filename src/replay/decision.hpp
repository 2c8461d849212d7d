// What became of one packet, and why.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "encluster/packet.hpp"
#include "replay/sides.hpp"

namespace encluster::replay {

struct Decision {
  std::uint64_t number = 0;       ///< of the captured frame, from 1; 0: the gateway's own idea
  std::uint64_t nanoseconds = 0;  ///< when it was decided, since 1970
  Side ingress = 0;               ///< where the frame came from
  bool from_kernel = false;       ///< the gateway's own kernel sent it
  Verdict verdict = Verdict::pending;
  DropReason reason = DropReason::none;
  Rule rule = Rule::admission;
  std::optional<NodeId> node;         ///< outbound the sender, else the destination
  std::optional<NodeId> slice_owner;  ///< of rule `slice`
  ServiceIndex service = kNoService;
  Side egress = 0;                  ///< of what leaves
  std::vector<std::byte> received;  ///< the frame as it came; empty if the gateway made it
  std::vector<std::byte> sent;      ///< the frame as it leaves; empty if none does
  std::uint32_t kept = 0;           ///< bytes that the capture had kept of the frame
};

}  // namespace encluster::replay
