// How the control thread changes what workers read: by one atomic store of a whole new value.
#pragma once

#include <atomic>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <utility>

#include "rcu/quiescence.hpp"

namespace encluster::rcu {

/// Holds the current value of T, and the replaced ones until no reader can see them any more.
///
/// The owner (control thread) publishes and reclaims; each reader thread has a Reader. The
/// publisher outlives its readers.
template <typename T>
class Publisher {
 public:
  class Reader;

  /// @param first the value until the first publish(); not null
  /// @param max_readers ids of readers are below this number
  /// @throws std::bad_alloc
  Publisher(std::unique_ptr<const T> first, std::uint32_t max_readers)
      : quiescence_(max_readers), current_(first.release()) {
    assert(current_.load() != nullptr);
  }
  Publisher(const Publisher&) = delete;
  Publisher& operator=(const Publisher&) = delete;
  /// @pre all readers are gone.
  ~Publisher() { delete current_.load(std::memory_order_relaxed); }

  /// Makes `next` the current value and retires the one before. Owner.
  /// @pre `next` is not null. @throws std::bad_alloc, and then nothing has changed
  void publish(std::unique_ptr<const T> next) {
    assert(next != nullptr);
    Retired& retired = retired_.emplace_back();
    retired.value.reset(current_.exchange(next.release()));
    retired.token = quiescence_.start();
    reclaim();
  }

  /// Frees what every online reader has let go of. Owner, from a timer. Never waits.
  /// @return how many retired values are left
  std::size_t reclaim() noexcept {
    while (!retired_.empty() && quiescence_.passed(retired_.front().token)) retired_.pop_front();
    return retired_.size();
  }

  /// The value published last. Owner; valid until the next publish().
  [[nodiscard]] const T& current() const noexcept {
    return *current_.load(std::memory_order_relaxed);
  }

 private:
  struct Retired {
    std::unique_ptr<const T> value;
    GraceToken token = 0;
  };

  Quiescence quiescence_;
  std::deque<Retired> retired_;  ///< oldest first
  /// On a line of its own: the owner's bookkeeping must not disturb the readers.
  alignas(64) std::atomic<const T*> current_;
};

/// One reader's access. Made and destroyed by the publisher's owner, used by one other thread.
template <typename T>
class Publisher<T>::Reader {
 public:
  /// @pre no other reader has this id.
  Reader(Publisher& publisher, ReaderId id) noexcept : publisher_(publisher), id_(id) {
    publisher_.quiescence_.add(id_);
  }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;
  /// @pre offline.
  ~Reader() { publisher_.quiescence_.remove(id_); }

  /// current() may be called from here on, and quiescent() has to be, often.
  void online() noexcept { publisher_.quiescence_.online(id_); }
  /// For a reader that ends, or sleeps longer than a replaced value may linger.
  void offline() noexcept { publisher_.quiescence_.offline(id_); }

  /// The current value; valid until this reader's next quiescent() or offline(). @pre online.
  [[nodiscard]] const T& current() const noexcept {
    return *publisher_.current_.load(std::memory_order_acquire);
  }
  /// Says that no reference from current() is in use any more.
  void quiescent() noexcept { publisher_.quiescence_.quiescent(id_); }

 private:
  Publisher& publisher_;
  ReaderId id_;
};

}  // namespace encluster::rcu
