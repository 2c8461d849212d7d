#include "replay/recording.hpp"

#include <pcap/pcap.h>

#include <catch2/catch.hpp>
#include <memory>

#include "frame_text/frame_view.hpp"
#include "pcapng_bytes.hpp"
#include "replay/input_error.hpp"
#include "temporary_file.hpp"

namespace encluster::replay {

using frame_text::facts_of;
namespace {

using Catch::Contains;
using test::PcapngBytes;
using test::TemporaryFile;

std::string text_of(const CapturedFrame& frame) {
  return {reinterpret_cast<const char*>(frame.bytes.data()), frame.bytes.size()};
}

void recorded(const std::filesystem::path& path, std::optional<std::string> interface = {}) {
  const std::vector<InputFile> files{{path, std::move(interface)}};
  static_cast<void>(Recording(files));
}

/// A pcap file as libpcap writes it, of "first" at 2 and "second" at 4 microseconds.
void write_pcap(const std::filesystem::path& path) {
  const std::unique_ptr<pcap_t, decltype(&pcap_close)> kind(pcap_open_dead(DLT_EN10MB, 65535),
                                                            &pcap_close);
  const std::unique_ptr<pcap_dumper_t, decltype(&pcap_dump_close)> file(
      pcap_dump_open(kind.get(), path.c_str()), &pcap_dump_close);
  REQUIRE(file != nullptr);
  const auto write = [&](suseconds_t microseconds, const std::string& text, bpf_u_int32 length) {
    const pcap_pkthdr header{{0, microseconds}, static_cast<bpf_u_int32>(text.size()), length};
    pcap_dump(reinterpret_cast<u_char*>(file.get()), &header,
              reinterpret_cast<const u_char*>(text.data()));
  };
  write(2, "first", 5);
  write(4, "second", 60);
}

TEST_CASE("frames of several files are put in order of time, those of one moment as given") {
  PcapngBytes one;
  one.section().interface("ext0").packet(0, 5, "c").packet(0, 1, "a");
  PcapngBytes other;
  other.section().interface("int0").packet(0, 3, "b").packet(0, 5, "d");
  const TemporaryFile first(one.text());
  const TemporaryFile second(other.text());
  const Recording recording(std::vector<InputFile>{{first.path(), {}}, {second.path(), {}}});
  std::string order;
  for (const CapturedFrame& frame : recording.frames()) {
    order += recording.interfaces().at(frame.interface).name.substr(0, 1) + text_of(frame);
  }
  CHECK(order == "eaibecid");
}

TEST_CASE("a pcap file is one interface, which the user names") {
  const TemporaryFile file;
  write_pcap(file.path());
  const Recording recording(std::vector<InputFile>{{file.path(), "ext0"}});
  REQUIRE(recording.interfaces().size() == 1);
  CHECK(recording.interfaces()[0].name == "ext0");
  CHECK(recording.interfaces()[0].link_type == kLinkTypeEthernet);
  REQUIRE(recording.frames().size() == 2);
  CHECK(text_of(recording.frames()[0]) == "first");
  CHECK(recording.frames()[0].nanoseconds == 2000);
  CHECK(text_of(recording.frames()[1]) == "second");
  CHECK(recording.frames()[1].original_length == 60);
}

// `dumpcap -i ext0 -i int0 -w dumpcap.pcapng` of Wireshark 4.0.17; the names of the machine's
// processor and kernel were replaced. dumpcap writes what each interface captured in turn.
TEST_CASE("a capture of dumpcap on two interfaces is read, and put in order") {
  const Recording recording(std::vector<InputFile>{{ENCLUSTER_DUMPCAP_FILE, {}}});
  REQUIRE(recording.interfaces().size() == 2);
  CHECK(recording.interfaces()[0].name == "ext0");
  CHECK(recording.interfaces()[1].name == "int0");
  REQUIRE(recording.frames().size() == 3);
  CHECK(recording.frames()[0].nanoseconds == 1'795'626'882'139'109'836);
  CHECK(facts_of(recording.frames()[0].bytes).text() ==
        "192.0.2.101:33980 > 192.0.2.1:9 UDP len 6");
  CHECK(recording.frames()[1].interface == 1);
  CHECK(facts_of(recording.frames()[1].bytes).text() == "10.77.0.11:48718 > 10.77.0.1:9 UDP len 6");
  CHECK(facts_of(recording.frames()[2].bytes).text() == "192.0.2.101:36442 > 192.0.2.1:513 TCP S");
}

TEST_CASE("files that cannot be read are told by name, and by byte") {
  CHECK_THROWS_WITH(recorded("/nonexistent/x"), "/nonexistent/x: cannot be opened");
  const TemporaryFile garbage("this is no capture, but a long enough text");
  CHECK_THROWS_AS(recorded(garbage.path()), InputError);
  const TemporaryFile empty;
  CHECK_THROWS_AS(recorded(empty.path()), InputError);
  PcapngBytes bytes;
  const TemporaryFile cut(bytes.section().raw("rest").text());
  CHECK_THROWS_WITH(recorded(cut.path()), Contains(": byte 28: the file ends within a block"));
  CHECK_THROWS_AS(recorded(std::filesystem::temp_directory_path()), InputError);
}

TEST_CASE("a file of several interfaces cannot be given one name") {
  PcapngBytes bytes;
  const TemporaryFile file(bytes.section().interface("a").interface("b").text());
  CHECK_THROWS_WITH(recorded(file.path(), "ext0"), Contains("has 2 interfaces"));
}

TEST_CASE("what a capture did not keep is zeros") {
  const std::string kept = "ab";
  const auto bytes = restored({0, 0, 4, std::as_bytes(std::span(kept))});
  CHECK(bytes == std::vector<std::byte>{std::byte{'a'}, std::byte{'b'}, {}, {}});
}

}  // namespace
}  // namespace encluster::replay
