#include "lane.hpp"

#include <algorithm>
#include <random>
#include <stdexcept>

#include "switching/remote_hash.hpp"

namespace encluster::bench {

Lane::Lane(WorkerId worker, std::size_t workers, std::uint32_t logins,
           const switching::Snapshot& snapshot, std::pmr::memory_resource* memory)
    : snapshot_(snapshot),
      pipeline_(std::make_unique<switching::Pipeline>(limits_for(logins), worker, kSeed, pool_,
                                                      answers_, counters_, memory)) {
  std::vector<std::uint32_t> own;
  for (std::uint32_t number = 0; number < logins; ++number) {
    if (switching::shard_of(login_client(number).address, workers) != worker) continue;
    own.push_back(number);
    pipeline_->execute({.id = number, .what = login_command(number)}, snapshot_, Gateway::kNow);
    if (!answers_.done(number)) throw std::runtime_error("a connection could not be inserted");
  }
  if (own.empty()) throw std::runtime_error("a worker owns no remote");
  std::mt19937 random(worker);
  std::ranges::shuffle(own, random);
  make_traffic(own);
}

void Lane::make_traffic(const std::vector<std::uint32_t>& numbers) {
  const auto batch = std::make_unique<Batch>();
  for (std::size_t i = 0; i < kBursts * kBurst; ++i) {
    const std::uint32_t number = numbers[i % numbers.size()];
    const bool inbound = i / kBurst % 2 == 0;
    const Endpoint node{address_of(login_node(number)), kLoginPort};
    if (inbound) {
      batch->renew(0, login_client(number), {kCluster, kLoginPort}, Origin::network, kOutsideMac);
    } else {
      batch->renew(0, node, login_client(number), Origin::interconnect, kInsideMac);
    }
    const Packet& packet = batch->packets().front();
    Received& received = traffic_.emplace_back();
    std::copy_n(packet.frame, kFrameBytes, received.bytes.begin());
    received.origin = packet.origin;
  }
}

std::size_t Lane::run() noexcept {
  for (std::size_t i = 0; i < kBurst; ++i) {
    frames_[i] = traffic_[next_ + i];
    Packet& packet = packets_[i] = Packet{};
    packet.frame = frames_[i].bytes.data();
    packet.length = kFrameBytes;
    packet.capacity = static_cast<std::uint16_t>(frames_[i].bytes.size());
    packet.origin = frames_[i].origin;
  }
  next_ = (next_ + kBurst) % traffic_.size();
  if (packets_[0].origin == Origin::network) {
    pipeline_->from_network(packets_, snapshot_, Gateway::kNow);
  } else {
    pipeline_->from_interconnect(packets_, snapshot_, Gateway::kNow);
  }
  return static_cast<std::size_t>(std::ranges::count(packets_, Verdict::forward, &Packet::verdict));
}

}  // namespace encluster::bench
