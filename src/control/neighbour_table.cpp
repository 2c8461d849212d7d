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
      : links_(std::move(links)), socket_(open_route_socket()), questions_(open_route_socket()) {
    nl_socket_disable_auto_ack(questions_.get());
    nl_socket_modify_cb(questions_.get(), NL_CB_VALID, NL_CB_CUSTOM, &note_state, &state_);
  }

  void ask(Egress egress, Ipv4Address address) noexcept override {
    if (is_permanent(egress, address)) return;
    send(message_of(RTM_NEWNEIGH, NLM_F_CREATE, NTF_USE, egress, address));
  }
  void check(Egress egress, Ipv4Address address) noexcept override {
    if (is_permanent(egress, address)) return;
    constexpr int kHasMac = NUD_REACHABLE | NUD_STALE | NUD_DELAY | NUD_PROBE;
    if ((state_ & kHasMac) == 0) return ask(egress, address);
    // Until it is asked for again, the kernel does not keep the entry fresh: a message that says
    // so is taken for that alone, whatever state it names.
    send(message_of(RTM_NEWNEIGH, 0, 0, egress, address, NUD_PROBE));
  }
  void forget(Egress egress, Ipv4Address address) noexcept override {
    if (is_permanent(egress, address)) return;
    send(message_of(RTM_DELNEIGH, 0, 0, egress, address));
  }

 private:
  /// The operator's own entry: asked for like others, it would become one that can fail.
  bool is_permanent(Egress egress, Ipv4Address address) noexcept {
    NetlinkMessage question = message_of(RTM_GETNEIGH, 0, 0, egress, address);
    state_ = NUD_NONE;
    if (question && nl_send_auto(questions_.get(), question.get()) >= 0) {
      nl_recvmsgs_default(questions_.get());  // the entry, or an error
    }
    return (state_ & NUD_PERMANENT) != 0;
  }

  /// The kernel's answer to RTM_GETNEIGH; there is none where it has no such entry.
  static int note_state(nl_msg* message, void* state) noexcept {
    const nlmsghdr* header = nlmsg_hdr(message);
    if (header->nlmsg_type == RTM_NEWNEIGH && nlmsg_valid_hdr(header, sizeof(ndmsg)) != 0) {
      *static_cast<std::uint16_t*>(state) =
          static_cast<const ndmsg*>(nlmsg_data(header))->ndm_state;
    }
    return NL_OK;
  }

  void send(NetlinkMessage message) noexcept {
    // Waits for the kernel's verdict, which is immediate, but has no use for it: see `ask`.
    if (message) (void)nl_send_sync(socket_.get(), message.release());
  }

  /// Null where there is no memory, and for what is behind none of the TAPs.
  NetlinkMessage message_of(int type, int flags, std::uint8_t entry_flags, Egress egress,
                            Ipv4Address address, std::uint16_t state = NUD_NONE) const noexcept {
    const auto link = std::ranges::find(links_, egress, &TapLink::egress);
    if (link == links_.end()) return nullptr;
    NetlinkMessage message(nlmsg_alloc_simple(type, flags));
    if (!message) return nullptr;
    ndmsg header{};
    header.ndm_family = AF_INET;
    header.ndm_ifindex = static_cast<int>(link->interface);
    header.ndm_state = state;
    header.ndm_flags = entry_flags;
    const Be32 wire = address.wire();
    // A simple message has a page: these few bytes always fit.
    nlmsg_append(message.get(), &header, sizeof(header), NLMSG_ALIGNTO);
    nla_put(message.get(), NDA_DST, sizeof(wire), &wire);
    if ((entry_flags & NTF_USE) != 0) {
      nla_put_u32(message.get(), NDA_FLAGS_EXT, NTF_EXT_MANAGED);
    }
    return message;
  }

  const std::vector<TapLink> links_;
  const NetlinkSocket socket_;
  const NetlinkSocket questions_;   ///< without acknowledgements: an entry is an answer
  std::uint16_t state_ = NUD_NONE;  ///< of the entry that was asked about last (NUD_*)
};

}  // namespace

std::unique_ptr<NeighbourTable> make_neighbour_table(std::vector<TapLink> links) {
  return std::make_unique<KernelNeighbourTable>(std::move(links));
}

}  // namespace encluster::control
