// How long the gateway waits for callers, and how much it lets them ask for.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace encluster::rest {

struct Limits {
  std::size_t connections = 64;
  std::uint32_t header = 8 * 1024;              ///< bytes of a request's first line and fields
  std::uint64_t body = 64 * 1024;               ///< bytes of a request's body
  std::chrono::milliseconds idle{30'000};       ///< for the first byte of the next request
  std::chrono::milliseconds request{10'000};    ///< for the whole of it
  std::chrono::milliseconds answer{10'000};     ///< for the workers
  std::chrono::milliseconds response{10'000};   ///< for the caller to read the response
  std::chrono::milliseconds farewell{1'000};    ///< for a refused caller to read the reason
  std::size_t farewell_bytes = 1024 * 1024;     ///< that it may send meanwhile
  std::size_t streams = 16;                     ///< of events, of the connections
  std::chrono::milliseconds heartbeat{15'000};  ///< of a stream in which nothing happens
  std::size_t stream_backlog = 256 * 1024;      ///< bytes that come while a caller takes none
  std::chrono::milliseconds accept_pause{100};  ///< after a connection could not be accepted
};

}  // namespace encluster::rest
