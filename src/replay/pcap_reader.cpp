#include "replay/pcap_reader.hpp"

#include <pcap/pcap.h>

#include <algorithm>
#include <array>
#include <memory>

#include "replay/input_error.hpp"
#include "replay/timestamp.hpp"

namespace encluster::replay {

namespace {

struct Close {
  void operator()(pcap_t* file) const noexcept { pcap_close(file); }
};

std::uint64_t time_of(const timeval& time) {  // tv_usec holds nanoseconds, as asked for
  if (time.tv_sec < 0 || time.tv_usec < 0) return 0;
  return static_cast<std::uint64_t>(time.tv_sec) * kNanosecondsPerSecond +
         static_cast<std::uint64_t>(time.tv_usec);
}

}  // namespace

Capture read_pcap(const std::filesystem::path& file, std::vector<std::byte>& storage) {
  std::array<char, PCAP_ERRBUF_SIZE> problem{};
  const std::unique_ptr<pcap_t, Close> opened(pcap_open_offline_with_tstamp_precision(
      file.c_str(), PCAP_TSTAMP_PRECISION_NANO, problem.data()));
  if (opened == nullptr) throw InputError(file.string() + ": " + problem.data());
  Capture capture;
  capture.interfaces.push_back({{}, static_cast<std::uint16_t>(pcap_datalink(opened.get()))});
  pcap_pkthdr* header = nullptr;
  const u_char* bytes = nullptr;
  int status = 0;
  while ((status = pcap_next_ex(opened.get(), &header, &bytes)) == 1) {
    const auto* first = reinterpret_cast<const std::byte*>(bytes);
    storage.insert(storage.end(), first, first + header->caplen);
    capture.frames.push_back(
        {0, time_of(header->ts), std::max(header->len, header->caplen), {first, header->caplen}});
  }
  if (status == PCAP_ERROR) throw InputError(file.string() + ": " + pcap_geterr(opened.get()));
  std::size_t offset = 0;  // only now does the storage stay where it is
  for (CapturedFrame& frame : capture.frames) {
    frame.bytes = std::span(storage).subspan(offset, frame.bytes.size());
    offset += frame.bytes.size();
  }
  return capture;
}

}  // namespace encluster::replay
