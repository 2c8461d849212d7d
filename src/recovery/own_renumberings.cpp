#include "recovery/own_renumberings.hpp"

#include <algorithm>
#include <fstream>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>

namespace encluster::recovery {

using agent_protocol::Renumbering;
using agent_protocol::TcpSocket;

namespace {

constexpr std::uint32_t kLastPort = 65535;

/// Whether both are about one socket of the kernel.
bool is_same(const Renumbering& a, const Renumbering& b) {
  return a.remote == b.remote && a.remote_port == b.remote_port && a.port == b.port;
}

bool is_about(const Renumbering& renumbering, const TcpSocket& socket) {
  return renumbering.remote == socket.remote && renumbering.remote_port == socket.remote_port &&
         renumbering.port == socket.port;
}

std::optional<Renumbering> parse(const std::string& line) {
  std::istringstream words(line);
  std::uint32_t remote = 0, remote_port = 0, port = 0, shown = 0;
  words >> remote >> remote_port >> port >> shown;
  const auto is_port = [](std::uint32_t number) { return number != 0 && number <= kLastPort; };
  if (!words || !is_port(remote_port) || !is_port(port) || !is_port(shown)) return std::nullopt;
  const auto number = [](std::uint32_t value) {
    return PortNumber(static_cast<std::uint16_t>(value));
  };
  return Renumbering{Ipv4Address(remote), number(remote_port), number(port), number(shown)};
}

void put(std::ostream& out, const Renumbering& renumbering) {
  out << renumbering.remote.value() << ' ' << renumbering.remote_port.value() << ' '
      << renumbering.port.value() << ' ' << renumbering.shown.value() << '\n';
}

}  // namespace

OwnRenumberings::OwnRenumberings(std::filesystem::path file) : file_(std::move(file)) { read(); }

void OwnRenumberings::read() {
  std::ifstream in(file_);
  for (std::string line; all_.size() < kMost && std::getline(in, line);) {
    if (const auto renumbering = parse(line)) all_.push_back(*renumbering);
  }
}

void OwnRenumberings::apply(std::vector<TcpSocket>& sockets) {
  std::vector<Renumbering> alive;
  for (TcpSocket& socket : sockets) {
    // The last one is right: an earlier connection may have had the same ports.
    const auto found = std::find_if(all_.rbegin(), all_.rend(),
                                    [&](const auto& one) { return is_about(one, socket); });
    if (found == all_.rend()) continue;
    socket.shown = found->shown;
    alive.push_back(*found);
  }
  const bool changed = alive.size() != all_.size();
  all_ = std::move(alive);
  if (changed) write();
}

void OwnRenumberings::note(const Renumbering& renumbering) {
  if (std::find(all_.begin(), all_.end(), renumbering) != all_.end()) return;
  const bool full = all_.size() == kMost;
  if (full) all_.erase(all_.begin(), all_.begin() + kMost / 2);
  std::erase_if(all_, [&](const auto& one) { return is_same(one, renumbering); });
  all_.push_back(renumbering);
  if (full) return write();
  std::error_code ignored;  // then the file cannot be written
  std::filesystem::create_directories(file_.parent_path(), ignored);
  std::ofstream out(file_, std::ios::app);
  put(out, renumbering);
  if (!out.flush()) throw std::runtime_error(file_.string() + " cannot be written");
}

void OwnRenumberings::write() const {
  std::error_code error;
  if (all_.empty()) {
    std::filesystem::remove(file_, error);
    return;
  }
  const std::filesystem::path next = file_.string() + ".new";
  std::ofstream out(next, std::ios::trunc);
  for (const Renumbering& renumbering : all_) put(out, renumbering);
  if (out.flush()) std::filesystem::rename(next, file_, error);
  if (!out || error) throw std::runtime_error(file_.string() + " cannot be written");
}

}  // namespace encluster::recovery
