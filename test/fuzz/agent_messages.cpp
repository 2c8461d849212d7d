// What agents and gateway send each other: whatever decodes is encoded to what decodes to the same.
#include <variant>

#include "agent_protocol/codec.hpp"
#include "agent_protocol/frame.hpp"
#include "fuzz/finding.hpp"

using namespace encluster;
using namespace encluster::fuzz;

namespace {

template <typename Decode>
void check(std::span<const std::uint8_t> bytes, Decode decode) {
  try {
    const auto message = decode(bytes);
    const std::string frame = agent_protocol::encode(message);
    require(frame.size() > agent_protocol::kFrameHeader || bytes.empty(), "an empty frame");
    require(frame.size() - agent_protocol::kFrameHeader <= agent_protocol::kMaxFrame,
            "a message that fits no frame");
    const auto* body =
        reinterpret_cast<const std::uint8_t*>(frame.data()) + agent_protocol::kFrameHeader;
    require(decode({body, frame.size() - agent_protocol::kFrameHeader}) == message,
            "another message than was decoded");
  } catch (const agent_protocol::MalformedMessage&) {
    // as most are
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::vector<std::uint8_t> bytes(data, data + size);
  if (size > agent_protocol::kMaxFrame) return 0;
  check(bytes, agent_protocol::decode_from_agent);
  check(bytes, agent_protocol::decode_from_gateway);
  return 0;
}
