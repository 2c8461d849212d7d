// Neighbour requests as rtnetlink messages. libnl 3.7 has no setter for extended flags, so they are
// built attribute by attribute.
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>

#include <algorithm>

#include "control/neighbours.hpp"

namespace encluster::control {
namespace {

class KernelNeighbourTable final : public NeighbourTable {
 public:
  explicit KernelNeighbourTable(std::vector<TapLink> links)
      : links_(std::move(links)), socket_(open_route_socket()) {}

  void ask(Egress egress, Ipv4Address address) noexcept override {
    send(RTM_NEWNEIGH, NLM_F_CREATE, NTF_USE, egress, address);
  }
  void forget(Egress egress, Ipv4Address address) noexcept override {
    send(RTM_DELNEIGH, 0, 0, egress, address);
  }

 private:
  void send(int type, int flags, std::uint8_t entry_flags, Egress egress,
            Ipv4Address address) noexcept {
    const auto link = std::ranges::find(links_, egress, &TapLink::egress);
    if (link == links_.end()) return;
    NetlinkMessage message(nlmsg_alloc_simple(type, flags));
    if (!message) return;
    ndmsg header{};
    header.ndm_family = AF_INET;
    header.ndm_ifindex = static_cast<int>(link->interface);
    header.ndm_flags = entry_flags;
    const Be32 wire = address.wire();
    // A simple message has a page: these few bytes always fit.
    nlmsg_append(message.get(), &header, sizeof(header), NLMSG_ALIGNTO);
    nla_put(message.get(), NDA_DST, sizeof(wire), &wire);
    if (type == RTM_NEWNEIGH) nla_put_u32(message.get(), NDA_FLAGS_EXT, NTF_EXT_MANAGED);
    // Waits for the kernel's verdict, which is immediate, but has no use for it: see `ask`.
    (void)nl_send_sync(socket_.get(), message.release());
  }

  const std::vector<TapLink> links_;
  const NetlinkSocket socket_;
};

}  // namespace

std::unique_ptr<NeighbourTable> make_neighbour_table(std::vector<TapLink> links) {
  return std::make_unique<KernelNeighbourTable>(std::move(links));
}

}  // namespace encluster::control
