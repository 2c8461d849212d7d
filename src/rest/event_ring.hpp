// The last events of the gateway, and how they are told: server-sent events (WHATWG HTML, section
// 9.2).
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>

namespace encluster::rest {

/// One event as it is sent. A line end in any of these begins no other field.
[[nodiscard]] std::string event_text(std::string_view id, std::string_view event,
                                     std::string_view data);

/// Any thread. Holds a bounded number of events, whoever reads them.
class EventRing {
 public:
  static constexpr std::size_t kCapacity = 1024;

  /// Where a reader goes on: the number of the next event, from 1; 0: it is not known what it has
  /// missed.
  using Position = std::uint64_t;

  struct Batch {
    std::string text;  ///< empty: there is nothing new
    Position next = 0;
  };

  /// @param run tells this gateway's identifiers from those of the one before: letters and digits
  explicit EventRing(std::string run) : run_(std::move(run)) {}

  /// @param event a word of the program's own @param data JSON
  void push(std::string_view event, std::string_view data);

  /// After everything that there was.
  [[nodiscard]] Position end() const;
  /// After the event with this identifier; one that is not of this ring says 0.
  [[nodiscard]] Position after(std::string_view id) const;
  /// Events from there on: one at least, if there is one, and no more than make `most` bytes. Where
  /// events were missed, an event `lost` comes first.
  [[nodiscard]] Batch read(Position from, std::size_t most) const;
  /// No event, but it tells the reader what to say when it comes back before there is one.
  [[nodiscard]] std::string mark(Position from) const;
  /// Of all events so far, as they are sent.
  [[nodiscard]] std::uint64_t bytes() const;

  /// Called after each push, by its thread, which may be any and holds a lock: it must neither
  /// block nor use the ring. Null: nobody is.
  void on_push(std::function<void()> told);

 private:
  [[nodiscard]] std::string id_of(Position number) const;
  [[nodiscard]] std::string lost_text(Position from, Position oldest) const;

  const std::string run_;
  mutable std::mutex mutex_;
  std::deque<std::string> texts_;  ///< oldest first
  Position next_ = 1;
  std::uint64_t bytes_ = 0;
  std::function<void()> told_;
};

}  // namespace encluster::rest
