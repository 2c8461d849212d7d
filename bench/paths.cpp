#include "paths.hpp"

#include <string>
#include <utility>

#include "fragments.hpp"
#include "icmp_errors.hpp"
#include "messages.hpp"
#include "path.hpp"
#include "rpc_messages.hpp"
#include "syn_flood.hpp"
#include "traffic.hpp"

namespace encluster::bench {

namespace {

constexpr std::uint32_t kFew = 10'000;
constexpr std::uint32_t kMany = 1'000'000;
constexpr std::uint32_t kLarge = 10'000'000;
constexpr std::uint32_t kClaims = 10'000;
constexpr std::uint32_t kHairpinLogins = 500;

/// Collects workloads; one more is a line in paths_through().
class Paths {
 public:
  template <typename Form = Segments>
  void add(Gateway& gateway, std::string name, const MessageKind& kind) {
    add(std::make_unique<Path>(gateway, std::move(name), std::make_unique<Form>(gateway, kind)));
  }
  void add(std::unique_ptr<Workload> workload) { workloads_.push_back(std::move(workload)); }
  [[nodiscard]] std::vector<std::unique_ptr<Workload>> take() { return std::move(workloads_); }

 private:
  std::vector<std::unique_ptr<Workload>> workloads_;
};

template <typename Form = Segments>
void add(std::vector<Path::Share>& shares, std::size_t packets, const Gateway& gateway,
         const MessageKind& kind) {
  shares.push_back({std::make_unique<Form>(gateway, kind), packets});
}

/// A busy cluster: mostly logins, some of what its nodes fetch from elsewhere, little of the rest.
/// Of 256 packets:
///
///     class D   inbound 114 (44.5 %)   outbound 64 (25.0 %)
///     class A            38 (14.8 %)            26 (10.2 %)
///     class E             4  (1.6 %)             4  (1.6 %), one of them renumbered
///     UDP fragments       3  (1.2 %)
///     ICMP errors         1  (0.4 %)
///     hairpin                                    2  (0.8 %)
///
/// The logins are 1 M. No connection begins or ends.
std::unique_ptr<Workload> mix(Gateway& gateway) {
  std::vector<Path::Share> shares;
  add(shares, 114, gateway, kInboundLogins);
  add(shares, 38, gateway, kInboundSlices);
  add(shares, 4, gateway, kInboundClaims);
  add<Fragments>(shares, 3, gateway, kInboundSlices);
  add<IcmpErrors>(shares, 1, gateway, kInboundLogins);
  add(shares, 64, gateway, kOutboundLogins);
  add(shares, 26, gateway, kOutboundSlices);
  add(shares, 3, gateway, kOutboundClaims);
  add(shares, 1, gateway, kOutboundRenumberedClaims);
  add(shares, 1, gateway, kHairpins);
  add(shares, 1, gateway, kHairpinAnswers);
  return std::make_unique<Path>(gateway, "mix", std::move(shares));
}

/// A cluster of file servers that people log in to, too. Of 256 packets:
///
///     NFS       inbound  64 (25 %)     outbound 64 (25 %)
///     class D            38 (15 %)              39 (15 %)
///     class A            26 (10 %)              25 (10 %)
///
/// The logins are 1 M.
std::unique_ptr<Workload> mix_with_nfs(Gateway& gateway) {
  std::vector<Path::Share> shares;
  add<NfsReads>(shares, 64, gateway, kInboundNfs);
  add(shares, 38, gateway, kInboundLogins);
  add(shares, 26, gateway, kInboundSlices);
  add<NfsReplies>(shares, 64, gateway, kOutboundNfs);
  add(shares, 39, gateway, kOutboundLogins);
  add(shares, 25, gateway, kOutboundSlices);
  return std::make_unique<Path>(gateway, "mix with NFS", std::move(shares));
}

}  // namespace

Gateways::Gateways(std::pmr::memory_resource* memory, bool with_large)
    : few({.logins = kFew}, memory),
      many({.logins = kMany, .claims = kClaims, .hairpins = kHairpinLogins}, memory),
      nodes({.claims = kClaims, .hairpins = kHairpinLogins}, memory),
      flooded({.logins = kFew}, memory, {.syn_rate = 1'000'000'000}),
      strict({.logins = kFew}, memory, {.syn_rate = 0}),
      files({.logins = kMany, .files = true}, memory) {
  if (with_large) {
    large = std::make_unique<Gateway>(Population{.logins = kLarge}, memory);
  }
}

std::vector<std::unique_ptr<Workload>> paths_through(Gateways& gateways) {
  auto& [few, many, nodes, flooded, strict, files, large] = gateways;
  Paths paths;
  paths.add(few, "class A, inbound", kInboundSlices);
  paths.add(few, "class A, outbound", kOutboundSlices);
  paths.add(few, "class D, inbound, 10 k", kInboundLogins);
  paths.add(few, "class D, outbound, 10 k", kOutboundLogins);
  paths.add(many, "class D, inbound, 1 M", kInboundLogins);
  paths.add(many, "class D, outbound, 1 M", kOutboundLogins);
  if (large != nullptr) {
    paths.add(*large, "class D, inbound, 10 M", kInboundLogins);
    paths.add(*large, "class D, outbound, 10 M", kOutboundLogins);
  }
  paths.add(nodes, "class E, inbound", kInboundClaims);
  paths.add(nodes, "class E, outbound", kOutboundClaims);
  paths.add(nodes, "class E, outbound, renumbered", kOutboundRenumberedClaims);
  paths.add(nodes, "hairpin, login", kHairpins);
  paths.add(nodes, "hairpin, answer", kHairpinAnswers);
  paths.add<Fragments>(few, "UDP fragments, inbound", kInboundSlices);
  paths.add<IcmpErrors>(few, "ICMP errors, class A", kInboundSlices);
  paths.add<IcmpErrors>(few, "ICMP errors, class D, 10 k", kInboundLogins);
  paths.add<IcmpErrors>(many, "ICMP errors, class D, 1 M", kInboundLogins);
  paths.add(std::make_unique<SynFlood>(flooded, "SYN flood, by hash", true));
  paths.add(std::make_unique<SynFlood>(strict, "SYN flood, refused", false));
  paths.add(mix(many));
  paths.add<NfsReads>(files, "NFS READ, inbound", kInboundNfs);
  paths.add<NfsReplies>(files, "NFS reply, outbound", kOutboundNfs);
  paths.add<Mounts>(files, "MOUNT, inbound", kInboundMounts);
  paths.add(mix_with_nfs(files));
  return paths.take();
}

}  // namespace encluster::bench
