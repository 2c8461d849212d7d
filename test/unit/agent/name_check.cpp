#include "agent/name_check.hpp"

#include <fcntl.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <filesystem>
#include <utility>

#include "control/file_descriptor.hpp"
#include "support/temporary_folder.hpp"

namespace encluster::agent {
namespace {

namespace fs = std::filesystem;
using Names = std::set<std::string>;

/// A node where getent is a script that knows the names of a file.
struct Fixture {
  TemporaryFolder folder;
  std::string lines;
  control::Logger log{{.write = [this](const std::string& line) { lines += line; },
                       .now = [] { return control::LogSettings::Clock::time_point{}; }}};
  boost::asio::io_context context;
  NameCheck check{context, folder.path() / "hosts.equiv", log, folder.path() / "getent"};

  Fixture() {
    const std::string known = (folder.path() / "known").string();
    folder.write("getent", "#!/bin/sh\n[ $# -eq 2 ] && grep -qxF -e \"$1 $2\" " + known + "\n",
                 0700);
  }
  /// What is logged when this node knows these names.
  std::string told(const std::string& known) {
    folder.write("known", known);
    check.check({Ipv4Address(192, 0, 2, 1)});
    context.run();
    context.restart();
    return std::exchange(lines, {});
  }
};

std::string nameless(const std::string& name, const std::string& problem) {
  return "level=warning event=setting_wrong subject=\"name " + name + "\" problem=\"" + problem +
         "\" remedy=\"add it to /etc/hosts, or to the DNS\"\n";
}
const std::string kNoName = nameless(
    "192.0.2.1", "the cluster's address has no name, which login servers of nodes ask for");
const std::string kNoAddress =
    nameless("remote1", "a name of hosts.equiv has no address, so that nobody is let in by it");

}  // namespace

TEST_CASE("the hosts that may log in are read from hosts.equiv") {
  CHECK(trusted_hosts("remote1\n+remote2 guest\n\t-remote3 # not\n#remote4\n\nremote1\n") ==
        Names{"remote1", "remote2", "remote3"});
  CHECK(trusted_hosts("+\n+@lab\n@lab\n--help\n$(reboot)\nremote;1\n" + std::string(254, 'a'))
            .empty());
  std::string many;
  for (int i = 0; i < 1000; ++i) many += "remote" + std::to_string(i) + "\n";
  CHECK(trusted_hosts(many).size() == 256);
}

TEST_CASE_METHOD(Fixture, "names that are known are not worth a word") {
  CHECK(told("hosts 192.0.2.1\n").empty());
  folder.write("hosts.equiv", "remote1\n");
  CHECK(told("hosts 192.0.2.1\nahostsv4 remote1\n").empty());
}

TEST_CASE_METHOD(Fixture, "names that are not known are told once, until they are") {
  folder.write("hosts.equiv", "remote1\nremote2\n");
  CHECK(told("ahostsv4 remote2\n") == kNoName + kNoAddress);
  CHECK(told("ahostsv4 remote2\n").empty());
  CHECK(told("hosts 192.0.2.1\nahostsv4 remote2\n") ==
        "level=info event=setting_right subject=\"name 192.0.2.1\"\n");
  folder.write("hosts.equiv", "remote2\n");
  CHECK(told("hosts 192.0.2.1\nahostsv4 remote2\n") ==
        "level=info event=setting_right subject=\"name remote1\"\n");
}

TEST_CASE_METHOD(Fixture, "the program gets none of this process's files") {
  const control::FileDescriptor file(open("/dev/null", O_RDONLY));  // without O_CLOEXEC
  REQUIRE(file.get() >= 0);
  folder.write("getent", "#!/bin/sh\n[ ! -e /proc/$$/fd/" + std::to_string(file.get()) + " ]\n",
               0700);
  CHECK(told("").empty());
}

TEST_CASE_METHOD(Fixture, "without the program nothing is known, and nothing said") {
  fs::remove(folder.path() / "getent");
  CHECK(told("").empty());
}

TEST_CASE_METHOD(Fixture,
                 "a program that takes its time is asked once, and not waited for at the end") {
  folder.write("getent",
               "#!/bin/sh\necho . >>" + (folder.path() / "asked").string() + "\nsleep 5\n", 0700);
  const std::chrono::steady_clock::time_point begun = std::chrono::steady_clock::now();
  {
    NameCheck slow{context, folder.path() / "hosts.equiv", log, folder.path() / "getent"};
    slow.check({Ipv4Address(192, 0, 2, 1)});
    while (folder.read("asked").empty()) context.run_for(std::chrono::milliseconds(10));
    slow.check({Ipv4Address(192, 0, 2, 1)});
    context.run_for(std::chrono::milliseconds(50));
    CHECK(folder.read("asked") == ".\n");
  }
  context.run_for(std::chrono::milliseconds(10));
  CHECK(std::chrono::steady_clock::now() - begun < std::chrono::seconds(4));
  CHECK(lines.empty());
}

}  // namespace encluster::agent
