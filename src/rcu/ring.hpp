// Messages from one thread to one other.
#pragma once

#include <boost/lockfree/spsc_queue.hpp>
#include <cstddef>
#include <optional>
#include <span>

namespace encluster::rcu {

/// A first-in first-out ring for one producer and one consumer thread, whose capacity is fixed at
/// construction. No call waits, locks or allocates. T is small and copied; its copies don't throw.
template <typename T>
class Ring {
 public:
  /// @throws std::bad_alloc
  explicit Ring(std::size_t capacity) : capacity_(capacity), queue_(capacity) {}

  // Producer.

  /// @return false, and nothing has happened, if the ring is full
  [[nodiscard]] bool push(const T& item) noexcept { return queue_.push(item); }
  /// Appends as many of `items`, from the first on, as there is room for. @return how many
  [[nodiscard]] std::size_t push(std::span<const T> items) noexcept {
    return queue_.push(items.data(), items.size());
  }
  /// At least this many items can be pushed now.
  [[nodiscard]] std::size_t room() const noexcept { return queue_.write_available(); }

  // Consumer.

  [[nodiscard]] std::optional<T> pop() noexcept {
    T item;
    if (!queue_.pop(item)) return std::nullopt;
    return item;
  }
  /// Takes at most `items.size()` of the oldest items. @return how many
  [[nodiscard]] std::size_t pop(std::span<T> items) noexcept {
    return queue_.pop(items.data(), items.size());
  }
  [[nodiscard]] bool empty() const noexcept { return queue_.read_available() == 0; }

  // Any thread.

  [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }

 private:
  std::size_t capacity_;
  boost::lockfree::spsc_queue<T> queue_;
};

}  // namespace encluster::rcu
