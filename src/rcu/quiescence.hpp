// Grace periods: the control thread learns when every reader has let go of what was replaced.
#pragma once

#include <cstdint>
#include <memory>

struct rte_rcu_qsbr;

namespace encluster::rcu {

using ReaderId = std::uint32_t;

/// A moment after which something was unreachable for new look-ups.
using GraceToken = std::uint64_t;

/// Quiescent-state based reclamation (McKenney and Slingwine, 1998) by librte_rcu, which needs no
/// EAL. A reader says now and then that it holds no reference, which costs it one load and one
/// store; whoever replaces something never waits, but asks later whether all have said so.
class Quiescence {
 public:
  /// @param readers how many may be registered; their ids are below this number
  /// @throws std::bad_alloc
  explicit Quiescence(std::uint32_t readers);

  // Control thread.

  /// A reader that is registered but offline is not waited for. @pre `reader` is not registered.
  void add(ReaderId reader) noexcept;
  /// @pre `reader` is offline, and its thread will not use it any more.
  void remove(ReaderId reader) noexcept;
  /// Begins a grace period for everything that was made unreachable before this call.
  [[nodiscard]] GraceToken start() noexcept;
  /// Has every online reader been quiescent since `token` was made? Never waits.
  [[nodiscard]] bool passed(GraceToken token) noexcept;

  // The reader's own thread.

  /// References may be taken from here on.
  void online(ReaderId reader) noexcept;
  /// No reference is held at this point of the program.
  void quiescent(ReaderId reader) noexcept;
  /// No reference is held, and none will be taken before the next online().
  void offline(ReaderId reader) noexcept;

 private:
  struct Free {
    void operator()(rte_rcu_qsbr* state) const noexcept;
  };
  std::unique_ptr<rte_rcu_qsbr, Free> state_;
};

}  // namespace encluster::rcu
