#include "agent_protocol/frame.hpp"

#include <catch2/catch.hpp>

namespace encluster::agent_protocol {

TEST_CASE("A frame's length is a big-endian number") {
  CHECK(frame_length({0, 0, 0, 1}) == 1u);
  CHECK(frame_length({0, 0, 1, 2}) == 258u);
}

TEST_CASE("A frame has at least a byte and at most 64 KiB") {
  CHECK_FALSE(frame_length({0, 0, 0, 0}).has_value());
  CHECK(frame_length({0, 1, 0, 0}) == kMaxFrame);
  CHECK_FALSE(frame_length({0, 1, 0, 1}).has_value());
  CHECK_FALSE(frame_length({0xff, 0xff, 0xff, 0xff}).has_value());
}

}  // namespace encluster::agent_protocol
