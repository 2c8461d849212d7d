// What agents and gateway send each other: whatever decodes is encoded to what decodes to the same,
// and no datagram is authentic that was not made with the token.
#include <algorithm>
#include <array>
#include <variant>

#include "agent_protocol/codec.hpp"
#include "agent_protocol/come_back.hpp"
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

void check_come_back(std::span<const std::uint8_t> bytes) {
  std::array<std::uint8_t, agent_protocol::kTokenSize> token{};
  require(!agent_protocol::decode_come_back(bytes, token), "a forged datagram is taken");
  agent_protocol::ComeBack come_back{.instance = {}, .time_ms = bytes.size()};
  std::ranges::copy(bytes.first(std::min(bytes.size(), agent_protocol::kInstanceSize)),
                    come_back.instance.begin());
  auto datagram = agent_protocol::encode_come_back(come_back, token);
  require(agent_protocol::decode_come_back(datagram, token) == come_back,
          "another datagram than was made");
  if (bytes.empty()) return;
  datagram[bytes[0] % datagram.size()] ^= static_cast<std::uint8_t>(bytes.back() | 1);
  require(!agent_protocol::decode_come_back(datagram, token), "a changed datagram is taken");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::vector<std::uint8_t> bytes(data, data + size);
  if (size > agent_protocol::kMaxFrame) return 0;
  check(bytes, agent_protocol::decode_from_agent);
  check(bytes, agent_protocol::decode_from_gateway);
  check_come_back(bytes);
  return 0;
}
