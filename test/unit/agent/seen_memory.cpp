#include "agent/seen_memory.hpp"

#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <string>

#include "support/temporary_folder.hpp"

namespace encluster::agent {
namespace {

using agent_protocol::kMaxLeases;
using agent_protocol::LeasedPort;
using std::chrono::milliseconds;
using std::chrono::seconds;

const std::string kBoot(36, 'b');
constexpr LeasedPort kPort{Protocol::udp, PortNumber(700)};
constexpr LeasedPort kOther{Protocol::tcp, PortNumber(65535)};

constexpr BootTime at(std::int64_t time) { return BootTime(milliseconds(time)); }

const std::string kText = "seen 1 " + kBoot + " 15000\nudp 700\ntcp 65535\n";

struct MemoryFixture {
  TemporaryFolder folder;
  std::string lines;
  control::Logger log{{.write = [this](const std::string& line) { lines += line; },
                       .now = [] { return control::LogSettings::Clock::time_point(); }}};
  SeenMemory memory{folder.path() / "seen", kBoot, log};
};

}  // namespace

TEST_CASE("seen leases are read as they were written") {
  const SeenLeases leases{{kPort, kOther}, at(15'000)};
  CHECK(encode(leases, kBoot) == kText);
  CHECK(decode_seen_leases(kText, kBoot) == leases);
}

TEST_CASE("what is no list of seen leases is none") {
  CHECK_FALSE(decode_seen_leases("", kBoot));
  CHECK_FALSE(decode_seen_leases(kText, std::string(36, 'c')));
  CHECK_FALSE(decode_seen_leases(kText.substr(0, kText.size() - 1), kBoot));
  CHECK_FALSE(decode_seen_leases(kText + "udp 0\n", kBoot));
  CHECK_FALSE(decode_seen_leases(kText + "udp 65536\n", kBoot));
  CHECK_FALSE(decode_seen_leases(kText + "icmp 1\n", kBoot));
  CHECK_FALSE(decode_seen_leases(kText + "udp\n", kBoot));
  CHECK_FALSE(decode_seen_leases(kText + "\n", kBoot));
  CHECK_FALSE(decode_seen_leases("seen 1 " + kBoot + " -1\n", kBoot));
  CHECK_FALSE(decode_seen_leases("seen 1 " + kBoot + " 18446744073709551615\n", kBoot));
  std::string many = "seen 1 " + kBoot + " 1\n";
  for (std::size_t i = 0; i <= kMaxLeases; ++i) many += "udp 700\n";
  CHECK_FALSE(decode_seen_leases(many, kBoot));
}

TEST_CASE_METHOD(MemoryFixture, "the next agent finds the leases until they are over") {
  CHECK_FALSE(memory.load(at(0)));
  const SeenLeases leases{{kPort}, at(15'000)};
  memory.keep(leases);
  CHECK(memory.load(at(14'999)) == leases);
  CHECK_FALSE(memory.load(at(15'000)));
  CHECK_FALSE(SeenMemory(folder.path() / "seen", std::string(36, 'c'), log).load(at(0)));
}

TEST_CASE_METHOD(MemoryFixture, "the file is written when it matters") {
  memory.keep({{kPort}, at(15'000)});
  folder.write("seen", "as it was");
  memory.keep({{kPort}, at(16'999)});
  CHECK(folder.read("seen") == "as it was");
  memory.keep({{kPort}, at(17'000)});
  CHECK(memory.load(at(0))->until == at(17'000));
  memory.keep({{}, at(17'000)});
  CHECK(memory.load(at(0))->ports.empty());
  folder.write("seen", "as it was");
  memory.keep({{}, at(90'000)});
  CHECK(folder.read("seen") == "as it was");
}

TEST_CASE_METHOD(MemoryFixture, "a file that another user could have written is none") {
  memory.keep({{kPort}, at(15'000)});
  const auto file = folder.path() / "seen";
  SECTION("by its mode") { chmod(file.c_str(), 0666); }
  SECTION("by a link") {
    std::filesystem::rename(file, folder.path() / "elsewhere");
    std::filesystem::create_symlink(folder.path() / "elsewhere", file);
  }
  SECTION("by being none") {
    std::filesystem::remove(file);
    std::filesystem::create_directory(file);
  }
  CHECK_FALSE(memory.load(at(0)));
}

TEST_CASE_METHOD(MemoryFixture, "a file that cannot be written is told once") {
  SeenMemory nowhere(folder.path() / "no" / "seen", kBoot, log);
  nowhere.keep({{kPort}, at(15'000)});
  nowhere.keep({{kPort}, at(20'000)});
  CHECK(lines.find("event=seen_leases_not_kept") == lines.rfind("event=seen_leases_not_kept"));
  CHECK(lines.find("event=seen_leases_not_kept") != std::string::npos);
}

}  // namespace encluster::agent
