// The pipeline's ways that are worth measuring, each as a workload over a Gateway.
#pragma once

#include <random>

#include "gateway.hpp"
#include "workload.hpp"

namespace encluster::bench {

/// What the paths have in common: packets that must all be forwarded, checked field by field.
class Path : public Workload {
 public:
  Path(Gateway& gateway, std::string name) : gateway_(gateway), name_(std::move(name)) {}
  [[nodiscard]] std::string name() const override { return name_; }
  void prepare(Batch& batch) final;
  [[nodiscard]] std::optional<std::string> fault(const Batch& batch) const final;

 protected:
  /// A message, and how it has to leave.
  struct Message {
    Endpoint from;
    Endpoint to;
    Endpoint from_after;
    Endpoint to_after;
    Egress egress = 0;
  };

  [[nodiscard]] virtual Message draw(std::mt19937& random) = 0;
  [[nodiscard]] virtual Origin origin() const = 0;
  [[nodiscard]] Gateway& gateway() noexcept { return gateway_; }
  [[nodiscard]] const Gateway& gateway() const noexcept { return gateway_; }

 private:
  Gateway& gateway_;
  std::string name_;
  std::mt19937 random_{1};
  std::array<Message, kBatch> messages_;
};

/// From remotes to the cluster.
class InboundPath : public Path {
 public:
  using Path::Path;
  void run(std::span<Packet> burst) noexcept override {
    gateway().pipeline().from_network(burst, gateway().snapshot(), Gateway::kNow);
  }

 protected:
  [[nodiscard]] Origin origin() const override { return Origin::network; }
};

/// From nodes to remotes.
class OutboundPath : public Path {
 public:
  using Path::Path;
  void run(std::span<Packet> burst) noexcept override {
    gateway().pipeline().from_interconnect(burst, gateway().snapshot(), Gateway::kNow);
  }

 protected:
  [[nodiscard]] Origin origin() const override { return Origin::interconnect; }
};

/// Answers to connections that nodes opened from their slices (class A).
class InboundSlices : public InboundPath {
 public:
  using InboundPath::InboundPath;

 protected:
  [[nodiscard]] Message draw(std::mt19937& random) override;
};

/// Established logins in random order (class D).
class InboundLogins : public InboundPath {
 public:
  using InboundPath::InboundPath;

 protected:
  [[nodiscard]] Message draw(std::mt19937& random) override;
};

/// SYNs, each of another client and a million in a second of the gateway's clock, that find the
/// table of unfinished handshakes full.
class SynFlood : public Workload {
 public:
  /// @param passes whether the gateway lets them through; otherwise it has to drop nearly all
  SynFlood(Gateway& gateway, std::string name, bool passes)
      : gateway_(gateway), name_(std::move(name)), passes_(passes) {}
  [[nodiscard]] std::string name() const override { return name_; }
  void prepare(Batch& batch) override;
  void run(std::span<Packet> burst) noexcept override {
    gateway_.pipeline().from_network(burst, gateway_.snapshot(), Gateway::kNow + next_ / 1'000'000);
  }
  [[nodiscard]] std::optional<std::string> fault(const Batch& batch) const override;

 private:
  [[nodiscard]] bool is_as_expected(const Packet& packet) const;

  Gateway& gateway_;
  std::string name_;
  bool passes_;
  std::uint32_t next_ = 0;
};

/// What nodes send from their slices.
class OutboundSlices : public OutboundPath {
 public:
  using OutboundPath::OutboundPath;

 protected:
  [[nodiscard]] Message draw(std::mt19937& random) override;
};

/// What nodes answer to established logins.
class OutboundLogins : public OutboundPath {
 public:
  using OutboundPath::OutboundPath;

 protected:
  [[nodiscard]] Message draw(std::mt19937& random) override;
};

}  // namespace encluster::bench
