#include "rest/event_ring.hpp"

#include <fmt/format.h>

#include <charconv>
#include <utility>

namespace encluster::rest {

namespace {

/// A field for each line of the value: CR, LF and CR LF end one.
void append_field(std::string& text, std::string_view name, std::string_view value) {
  for (bool more = true; more;) {
    const std::size_t end = value.find_first_of("\r\n");
    more = end != std::string_view::npos;
    text += name;
    text += ": ";
    text += value.substr(0, end);
    text += '\n';
    if (!more) return;
    const bool both = value.substr(end, 2) == "\r\n";
    value.remove_prefix(end + (both ? 2 : 1));
  }
}

/// The other fields have one line: of two, the last would count.
std::string_view first_line(std::string_view value) {
  return value.substr(0, value.find_first_of("\r\n"));
}

}  // namespace

std::string event_text(std::string_view id, std::string_view event, std::string_view data) {
  std::string text;
  append_field(text, "id", first_line(id));
  append_field(text, "event", first_line(event));
  append_field(text, "data", data);
  text += '\n';
  return text;
}

void EventRing::push(std::string_view event, std::string_view data) {
  const std::lock_guard lock(mutex_);
  texts_.push_back(event_text(id_of(next_), event, data));
  bytes_ += texts_.back().size();
  ++next_;
  if (texts_.size() > kCapacity) texts_.pop_front();
  if (told_) told_();
}

EventRing::Position EventRing::end() const {
  const std::lock_guard lock(mutex_);
  return next_;
}

std::uint64_t EventRing::bytes() const {
  const std::lock_guard lock(mutex_);
  return bytes_;
}

EventRing::Position EventRing::after(std::string_view id) const {
  if (!id.starts_with(run_) || !id.substr(run_.size()).starts_with('-')) return 0;
  id.remove_prefix(run_.size() + 1);
  Position number = 0;
  const auto [stop, error] = std::from_chars(id.data(), id.data() + id.size(), number);
  if (error != std::errc() || stop != id.data() + id.size()) return 0;
  const std::lock_guard lock(mutex_);
  return number < next_ ? number + 1 : 0;
}

EventRing::Batch EventRing::read(Position from, std::size_t most) const {
  const std::lock_guard lock(mutex_);
  const Position oldest = next_ - texts_.size();
  Batch batch{.text = {}, .next = from};
  if (from < oldest || from == 0) {
    batch = {.text = lost_text(from, oldest), .next = oldest};
  }
  while (batch.next < next_) {
    const std::string& text = texts_[static_cast<std::size_t>(batch.next - oldest)];
    if (!batch.text.empty() && batch.text.size() + text.size() > most) break;
    batch.text += text;
    ++batch.next;
  }
  return batch;
}

std::string EventRing::mark(Position from) const {
  return from == 0 ? std::string() : fmt::format("id: {}\n\n", id_of(from - 1));
}

void EventRing::on_push(std::function<void()> told) {
  const std::lock_guard lock(mutex_);
  told_ = std::move(told);
}

std::string EventRing::id_of(Position number) const { return fmt::format("{}-{}", run_, number); }

std::string EventRing::lost_text(Position from, Position oldest) const {
  const std::string count = from == 0 ? std::string("null") : std::to_string(oldest - from);
  return event_text(id_of(oldest - 1), "lost",
                    fmt::format(R"({{"time":null,"level":"warning","event":"lost",)"
                                R"("fields":{{"events":{}}}}})",
                                count));
}

}  // namespace encluster::rest
