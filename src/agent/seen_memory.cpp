#include "agent/seen_memory.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <limits>
#include <system_error>
#include <utility>

#include "agent/local_protocol.hpp"
#include "control/configuration_format.hpp"
#include "control/file_descriptor.hpp"
#include "control/replace_file.hpp"

namespace encluster::agent {

namespace {

using agent_protocol::kMaxLeases;
using agent_protocol::LeasedPort;

constexpr std::string_view kTitle = "seen 1";
/// Bytes of the longest file.
constexpr std::size_t kMaxSize = 128 + kMaxLeases * sizeof("udp 65535");

/// The text up to the character, which is taken away as well; nothing where it is not there.
std::optional<std::string_view> take_until(std::string_view& text, char end) {
  const std::size_t size = text.find(end);
  if (size == std::string_view::npos) return std::nullopt;
  const std::string_view piece = text.substr(0, size);
  text.remove_prefix(size + 1);
  return piece;
}

/// `seen 1 BOOT-ID UNTIL`
std::optional<BootTime> parse_title(std::string_view line, const std::string& boot_id) {
  const std::string expected = fmt::format("{} {} ", kTitle, boot_id);
  if (!line.starts_with(expected)) return std::nullopt;
  const auto until = control::parse_number(line.substr(expected.size()));
  if (!until || *until > std::numeric_limits<std::uint32_t>::max() * std::uint64_t{1000}) {
    return std::nullopt;
  }
  return BootTime(std::chrono::milliseconds(*until));
}

/// The file's contents, if it is a file that only this process's user could have written.
std::optional<std::string> read_own(const std::filesystem::path& file) {
  const control::FileDescriptor descriptor(
      open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY));
  struct stat status {};
  if (descriptor.get() < 0 || fstat(descriptor.get(), &status) != 0) return std::nullopt;
  const bool own = S_ISREG(status.st_mode) && status.st_uid == geteuid() &&
                   (status.st_mode & (S_IWGRP | S_IWOTH)) == 0;
  if (!own || status.st_size > static_cast<off_t>(kMaxSize)) return std::nullopt;
  std::string text(kMaxSize, '\0');
  const ssize_t size = read(descriptor.get(), text.data(), text.size());
  if (size < 0) return std::nullopt;
  text.resize(static_cast<std::size_t>(size));
  return text;
}

}  // namespace

std::string encode(const SeenLeases& leases, const std::string& boot_id) {
  std::string text =
      fmt::format("{} {} {}\n", kTitle, boot_id, leases.until.time_since_epoch().count());
  for (const LeasedPort& port : leases.ports) {
    text +=
        fmt::format("{} {}\n", port.protocol == Protocol::udp ? "udp" : "tcp", port.port.value());
  }
  return text;
}

std::optional<SeenLeases> decode_seen_leases(std::string_view text, const std::string& boot_id) {
  const auto title = take_until(text, '\n');
  const auto until = title ? parse_title(*title, boot_id) : std::nullopt;
  if (!until) return std::nullopt;
  SeenLeases leases{.ports = {}, .until = *until};
  while (!text.empty()) {
    auto line = take_until(text, '\n');
    const auto protocol = line ? take_until(*line, ' ') : std::nullopt;
    const auto port = protocol ? parse_leased_port(*protocol, *line) : std::nullopt;
    if (!port || leases.ports.size() == kMaxLeases) return std::nullopt;
    leases.ports.push_back(*port);
  }
  return leases;
}

SeenMemory::SeenMemory(std::filesystem::path file, std::string boot_id, control::Logger& log)
    : file_(std::move(file)), boot_id_(std::move(boot_id)), log_(log) {}

std::optional<SeenLeases> SeenMemory::load(BootTime now) const {
  const auto text = read_own(file_);
  auto leases = text ? decode_seen_leases(*text, boot_id_) : std::nullopt;
  if (leases && leases->until <= now) leases.reset();
  return leases;
}

void SeenMemory::keep(const SeenLeases& leases) {
  const bool news = written_ ? written_->ports != leases.ports || leases.until < written_->until ||
                                   (!leases.ports.empty() && leases.until >= written_->until + kLag)
                             : true;
  if (!news) return;
  written_ = leases;
  try {
    control::replace_file(file_, encode(leases, boot_id_), control::Readable::by_owner);
    failed_ = false;
  } catch (const std::system_error& problem) {
    if (!std::exchange(failed_, true)) {
      log_.warning("seen_leases_not_kept", {{"reason", problem.what()}});
    }
  }
}

}  // namespace encluster::agent
