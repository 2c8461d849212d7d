#include "switching/announcements.hpp"

#include <bit>
#include <charconv>

namespace encluster::switching {

namespace {

constexpr Seconds kSessionLife = 60;
constexpr std::size_t kMaxDigits = 5;

bool same_session(const AnnouncingSession& a, const AnnouncingSession& b) noexcept {
  return a.remote == b.remote && a.service == b.service && a.cluster_port == b.cluster_port &&
         a.node == b.node;
}

}  // namespace

Announcements::Announcements(std::uint32_t capacity, std::uint64_t seed)
    : records_(capacity),
      heads_(std::bit_ceil(capacity + 1), kNone),
      free_(capacity == 0 ? kNone : 0),
      hash_(seed) {
  for (std::uint32_t i = 0; i < capacity; ++i) records_[i].next = i + 1 < capacity ? i + 1 : kNone;
}

std::uint32_t Announcements::head_of(Ipv4Address remote) const noexcept {
  return static_cast<std::uint32_t>(hash_(remote.value(), 0) & (heads_.size() - 1));
}

std::uint32_t Announcements::find(const AnnouncingSession& session) const noexcept {
  auto i = heads_[head_of(session.remote)];
  while (i != kNone && !same_session(records_[i].session, session)) i = records_[i].next;
  return i;
}

std::uint32_t Announcements::expecting(Ipv4Address remote, PortNumber port) const noexcept {
  for (auto i = heads_[head_of(remote)]; i != kNone; i = records_[i].next) {
    const Record& record = records_[i];
    if (record.state == State::expecting && record.session.remote == remote &&
        record.ports.shown == port) {
      return i;
    }
  }
  return kNone;
}

/// A free record, put into the remote's chain; null if there is none.
Announcements::Record* Announcements::take(Ipv4Address remote) noexcept {
  if (free_ == kNone) return nullptr;
  const std::uint32_t index = free_;
  Record& record = records_[index];
  free_ = record.next;
  std::uint32_t& head = heads_[head_of(remote)];
  record.next = head;
  head = index;
  ++size_;
  return &record;
}

void Announcements::opened(const AnnouncingSession& session, std::uint32_t initial_sequence,
                           Seconds now) noexcept {
  const std::uint32_t known = find(session);
  if (known != kNone && records_[known].initial_sequence == initial_sequence) return;
  Record* record = known == kNone ? take(session.remote) : &records_[known];
  if (record == nullptr) return;
  record->session = session;
  record->initial_sequence = initial_sequence;
  record->state = State::opened;
  record->deadline = now + kSessionLife;
}

bool Announcements::is_first_payload(const AnnouncingSession& session,
                                     std::uint32_t sequence) const noexcept {
  const std::uint32_t i = find(session);
  return i != kNone && sequence == records_[i].initial_sequence + 1;
}

std::optional<Announcements::Settled> Announcements::settled(
    const AnnouncingSession& session) const noexcept {
  const std::uint32_t i = find(session);
  if (i == kNone || records_[i].state == State::opened) return std::nullopt;
  return records_[i].ports;
}

bool Announcements::is_taken(Ipv4Address remote, PortNumber port, NodeId node) const noexcept {
  const std::uint32_t i = expecting(remote, port);
  return i != kNone && (records_[i].session.node != node || records_[i].ports.announced != port);
}

void Announcements::expect(const AnnouncingSession& session, Settled ports, Seconds now) noexcept {
  // An older session of the same node may have announced the same port: the new one replaces it.
  fulfilled(session.remote, ports.shown);
  const std::uint32_t i = find(session);
  if (i == kNone) return;
  records_[i].ports = ports;
  records_[i].state = State::expecting;
  records_[i].deadline = now + kSessionLife;
}

std::optional<Announcements::Expected> Announcements::expected(Ipv4Address remote,
                                                               PortNumber port) const noexcept {
  const std::uint32_t i = expecting(remote, port);
  if (i == kNone) return std::nullopt;
  return Expected{records_[i].session.node, records_[i].ports.announced};
}

void Announcements::fulfilled(Ipv4Address remote, PortNumber port) noexcept {
  const std::uint32_t i = expecting(remote, port);
  if (i != kNone) records_[i].state = State::fulfilled;
}

void Announcements::forget(const AnnouncingSession& session) noexcept {
  const std::uint32_t i = find(session);
  if (i != kNone) release(i);
}

void Announcements::expire(std::size_t records, Seconds now) noexcept {
  if (size_ == 0) return;
  for (std::size_t i = 0; i < records; ++i) {
    if (records_[sweep_].state != State::free && records_[sweep_].deadline < now) release(sweep_);
    sweep_ = (sweep_ + 1) % static_cast<std::uint32_t>(records_.size());
  }
}

void Announcements::release(std::uint32_t index) noexcept {
  std::uint32_t* link = &heads_[head_of(records_[index].session.remote)];
  while (*link != index) link = &records_[*link].next;
  *link = records_[index].next;
  records_[index] = Record{};
  records_[index].next = free_;
  free_ = index;
  --size_;
}

std::optional<PortNumber> announced_port(std::span<const std::byte> payload) noexcept {
  std::uint32_t number = 0;
  for (std::size_t i = 0; i < payload.size() && i <= kMaxDigits; ++i) {
    const auto character = std::to_integer<unsigned char>(payload[i]);
    if (character == 0) {
      if (number == 0 || number > 0xffff) return std::nullopt;
      return PortNumber(static_cast<std::uint16_t>(number));
    }
    const unsigned lowest = i == 0 ? '1' : '0';
    if (character < lowest || character > '9') return std::nullopt;
    number = number * 10 + (character - '0');
  }
  return std::nullopt;
}

std::size_t digits_of(PortNumber port) noexcept {
  const auto number = port.value();
  return number >= 10000 ? 5 : number >= 1000 ? 4 : number >= 100 ? 3 : number >= 10 ? 2 : 1;
}

bool write_digits(PortNumber port, std::span<std::byte> digits) noexcept {
  if (digits_of(port) != digits.size()) return false;
  auto* first = reinterpret_cast<char*>(digits.data());
  return std::to_chars(first, first + digits.size(), port.value()).ec == std::errc{};
}

}  // namespace encluster::switching
