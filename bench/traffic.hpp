// Traffic through a gateway: a kind of packets, as they are received and as they have to leave.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <random>
#include <string>

#include "gateway.hpp"
#include "messages.hpp"
#include "workload.hpp"

namespace encluster::bench {

/// Each new form of packet is a class of its own; Path makes workloads of them.
class Traffic {
 public:
  /// @param gateway outlives the traffic
  Traffic(const Gateway& gateway, const MessageKind& kind) : gateway_(gateway), kind_(kind) {}
  Traffic(const Traffic&) = delete;
  Traffic& operator=(const Traffic&) = delete;
  virtual ~Traffic() = default;

  [[nodiscard]] Origin origin() const noexcept { return kind_.origin; }
  /// Makes the `index`th packet of the batch another one of this traffic.
  virtual void renew(Batch& batch, std::size_t index, std::mt19937& random) = 0;
  /// What is wrong with a packet that was renewed at `index` and has gone through the gateway.
  [[nodiscard]] virtual std::optional<std::string> fault(const Packet& packet,
                                                         std::size_t index) const = 0;

 protected:
  [[nodiscard]] Message draw(std::mt19937& random) const { return kind_.draw(gateway_, random); }

 private:
  const Gateway& gateway_;
  MessageKind kind_;
};

/// TCP segments without data.
class Segments : public Traffic {
 public:
  using Traffic::Traffic;
  void renew(Batch& batch, std::size_t index, std::mt19937& random) override;
  [[nodiscard]] std::optional<std::string> fault(const Packet& packet,
                                                 std::size_t index) const override;

 private:
  std::array<Message, kBatch> messages_;
};

/// What is wrong with a packet's verdict, egress and MAC addresses, whatever it carries.
[[nodiscard]] std::optional<std::string> forwarding_fault(const Packet& packet,
                                                          const Message& expected);

}  // namespace encluster::bench
