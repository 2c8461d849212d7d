// Forwarded packets never pass the gateway's kernel, so it would neither resolve the MAC addresses
// they need nor notice that a neighbour has gone. It is asked to.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstddef>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "control/kernel_objects.hpp"
#include "control/netlink.hpp"

namespace encluster::control {

/// The kernel's neighbour table, as far as it takes requests. Replaced in unit tests.
class NeighbourTable {
 public:
  virtual ~NeighbourTable() = default;

  /// Asks that the entry be resolved now if it is not, and checked if it is stale. An entry that
  /// can't be made (table full, interface down) will be asked for again.
  virtual void ask(Egress egress, Ipv4Address address) noexcept = 0;
  /// Asks that it be checked now, however fresh the entry is: either answer is an event.
  virtual void check(Egress egress, Ipv4Address address) noexcept = 0;
  virtual void forget(Egress egress, Ipv4Address address) noexcept = 0;
};

/// The real one, by rtnetlink, in the calling thread's network namespace. Linux from 5.16 on keeps
/// such an entry fresh by itself (NTF_EXT_MANAGED); older ones do what the message also asks for,
/// once (NTF_USE). @throws KernelError
[[nodiscard]] std::unique_ptr<NeighbourTable> make_neighbour_table(std::vector<TapLink> links);

/// The neighbours that the gateway needs: always the kept ones (nodes, default gateways), and of
/// the others those that workers asked for last. Control thread only; destroyed when the executor
/// runs no more.
class Neighbours {
 public:
  using Key = std::pair<Egress, Ipv4Address>;

  Neighbours(const boost::asio::any_io_executor& executor, std::unique_ptr<NeighbourTable> table,
             std::size_t maximum = kMaxNeighbours);
  Neighbours(const Neighbours&) = delete;
  Neighbours& operator=(const Neighbours&) = delete;

  /// From now on every entry is asked for again every two seconds: that keeps entries fresh on
  /// kernels that would not, and notices sooner, on all, who has gone or come back.
  void start();

  /// Exactly these are kept, whether they answer or not. After a reload, those that are no longer
  /// kept become ordinary ones.
  void keep(const std::vector<Key>& kept);

  /// A worker needs this next hop. Where there are too many, the one whose last need is longest
  /// past gives way.
  void resolve(Egress egress, Ipv4Address address);

  /// It may be gone: the kernel is to find out now. What comes of it is an event.
  void check(Egress egress, Ipv4Address address) { table_->check(egress, address); }

  /// What the kernel says: one that is not kept and did not answer, or that the kernel dropped, is
  /// given up until a worker asks for it again.
  void note(Egress egress, Ipv4Address address, NeighbourState state);

  /// One step of the rota that start() runs: asks for a twentieth of the entries again.
  void refresh();

  /// Entries asked for, kept ones included.
  [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }

 private:
  /// A place in order_; nothing for a kept one.
  using Place = std::optional<std::list<Key>::iterator>;

  void wait();
  void add(const Key& key);
  void drop(Key key);

  boost::asio::steady_timer timer_;
  const std::unique_ptr<NeighbourTable> table_;
  const std::size_t maximum_;
  std::map<Key, Place> entries_;
  std::list<Key> order_;  ///< ordinary ones, the latest needed first
  Key refreshed_{};       ///< where the rota stands
};

}  // namespace encluster::control
