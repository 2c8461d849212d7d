#include "replay/pcapng_writer.hpp"

#include <pcap/pcap.h>

#include <array>
#include <catch2/catch.hpp>
#include <memory>
#include <sstream>

#include "replay/pcapng_reader.hpp"
#include "temporary_file.hpp"

namespace encluster::replay {
namespace {

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text));
}

std::string written() {
  std::ostringstream out;
  PcapngWriter writer(out, "test");
  writer.add_interface("campus");
  writer.add_interface("interconnect");
  writer.write(1, 1'700'000'000'123'456'789, bytes_of("hello"), 5, "rule=switch:rlogin");
  writer.write(0, 1'700'000'001'000'000'000, bytes_of("abcd"), 90, {});
  return out.str();
}

TEST_CASE("what is written is read again") {
  const std::string file = written();
  ReadResult result = read_capture(bytes_of(file));
  REQUIRE(std::holds_alternative<Capture>(result));
  const auto& capture = std::get<Capture>(result);
  CHECK(capture.interfaces.at(0).name == "campus");
  CHECK(capture.interfaces.at(1).name == "interconnect");
  REQUIRE(capture.frames.size() == 2);
  CHECK(capture.frames[0].interface == 1);
  CHECK(capture.frames[0].nanoseconds == 1'700'000'000'123'456'789);
  CHECK(capture.frames[0].bytes.size() == 5);
  CHECK(capture.frames[1].interface == 0);
  CHECK(capture.frames[1].original_length == 90);
}

TEST_CASE("the comment is an option of its packet") {
  const std::string comment("\x01\x00\x12\x00rule=switch:rlogin\x00\x00\x00\x00\x00\x00", 28);
  CHECK(written().find(comment) != std::string::npos);
}

TEST_CASE("libpcap reads what is written") {
  const test::TemporaryFile file(written());
  std::array<char, PCAP_ERRBUF_SIZE> problem{};
  const std::unique_ptr<pcap_t, decltype(&pcap_close)> opened(
      pcap_open_offline_with_tstamp_precision(file.path().c_str(), PCAP_TSTAMP_PRECISION_NANO,
                                              problem.data()),
      &pcap_close);
  REQUIRE(opened != nullptr);
  CHECK(pcap_datalink(opened.get()) == DLT_EN10MB);
  pcap_pkthdr* header = nullptr;
  const u_char* bytes = nullptr;
  REQUIRE(pcap_next_ex(opened.get(), &header, &bytes) == 1);
  CHECK(std::string(reinterpret_cast<const char*>(bytes), header->caplen) == "hello");
  CHECK(header->len == 5);
  CHECK(header->ts.tv_sec == 1'700'000'000);
  CHECK(header->ts.tv_usec == 123'456'789);
  REQUIRE(pcap_next_ex(opened.get(), &header, &bytes) == 1);
  CHECK(header->caplen == 4);
  CHECK(header->len == 90);
  CHECK(pcap_next_ex(opened.get(), &header, &bytes) == PCAP_ERROR_BREAK);
}

}  // namespace
}  // namespace encluster::replay
