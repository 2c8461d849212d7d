// A story: what happens to a gateway, step by step, told in bytes.
//
//   header   two bytes: which toggles are on (story_cluster.hpp: the first eight), the verdict of
//   the
//            service at kHoldingPort
//   step     the act, then its operands; behind the end all operands are zero
//
//   act          operands
//   message      a packet of a few choices: story_packet.hpp
//   frame        a packet byte by byte: story_packet.hpp
//   time         a byte: up to 0xbf so many seconds (modulo 16) of upkeep; then two minutes of
//                silence each, up to two hours and more
//   toggle       a byte: one toggle of the cluster is turned
//   buffers      none: the pool is empty from now on, or is not any more
//   insert       protocol, remote, remote's port, cluster's port, node, node's port, flags: bytes
//   remove       protocol, remote, remote's port, cluster's port
//   reset        a byte: the connections of this node
//
// Packets of one side whose option says `more` are one burst; whatever else happens ends it.
#pragma once

#include <optional>
#include <vector>

#include "fuzz/input.hpp"
#include "fuzz/story_cluster.hpp"
#include "fuzz/story_packet.hpp"

namespace encluster::fuzz {

/// Acts by number, as in a story's bytes (modulo their count).
enum class Act : std::uint8_t {
  message,
  frame,
  time,
  toggle,
  buffers,
  insert,
  remove,
  reset,
  count_
};

/// Plays one story on a gateway whose tables are so small that they fill, and reports what must not
/// be (story_checks.hpp).
class Story {
 public:
  explicit Story(Input input);

  void play();

 private:
  void step();
  void add(StoryPacket packet);
  void end_burst();
  void receive_one(StoryPacket packet);
  void receive_burst();
  void let_time_pass(std::uint8_t choice);
  void toggle(std::uint8_t choice);
  void insert();
  void report_connection(const switching::InsertConnection& command);
  void remove();
  void reset(std::uint8_t node);
  switching::ConnectionKey read_key();
  void check_extras();

  Input input_;
  StoryCluster cluster_;
  test::Gateway gateway_;
  std::vector<StoryPacket> burst_;
  bool all_checksums_right_ = true;  ///< so far
  bool exhausted_ = false;
};

}  // namespace encluster::fuzz
