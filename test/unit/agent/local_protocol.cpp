#include "agent/local_protocol.hpp"

#include <catch2/catch.hpp>
#include <random>

namespace encluster::agent {
namespace {

using agent_protocol::LeaseResult;

constexpr agent_protocol::LeasedPort kPort{Protocol::udp, PortNumber(700)};
const Validity kValidity{BootTime(std::chrono::milliseconds(123'456'789)),
                         std::chrono::milliseconds(10'000)};

}  // namespace

TEST_CASE("what a keeper says comes back as it was") {
  for (const FromKeeper& message :
       {FromKeeper(Ask{kPort}), FromKeeper(Hold{kPort, kValidity.until}), FromKeeper(Release{})}) {
    INFO(encode(message));
    CHECK(decode_from_keeper(encode(message)) == message);
  }
}

TEST_CASE("what an agent says comes back as it was") {
  for (const ToKeeper& message :
       {ToKeeper(Granted{kValidity}), ToKeeper(Valid{kValidity}), ToKeeper(Lost{}),
        ToKeeper(Forbidden{}), ToKeeper(Denied{LeaseResult::taken, "beta"}),
        ToKeeper(Denied{LeaseResult::quarantined, "two words"}),
        ToKeeper(Denied{LeaseResult::not_leasable, ""}),
        ToKeeper(Denied{LeaseResult::too_many, std::string(64, 'x')})}) {
    INFO(encode(message));
    CHECK(decode_to_keeper(encode(message)) == message);
    CHECK(encode(message).size() < kMaxLocalMessage);
  }
}

TEST_CASE("what is no message of a keeper is none") {
  for (const std::string text : {"",
                                 " ",
                                 "lease",
                                 "lease udp",
                                 "lease udp 0",
                                 "lease udp 65536",
                                 "lease udp 007",
                                 "lease icmp 700",
                                 "lease udp 700 ",
                                 "lease  udp 700",
                                 "lease udp 700 1",
                                 "hold udp 700",
                                 "hold udp 700 -1",
                                 "hold udp 700 1000000000000001",
                                 "hold udp 700 99999999999999999999",
                                 "release 1",
                                 "RELEASE",
                                 "release\n",
                                 "lease udp 700\n",
                                 "granted 1 2"}) {
    INFO(text);
    CHECK_FALSE(decode_from_keeper(text).has_value());
  }
  CHECK_FALSE(decode_from_keeper(std::string(10'000, ' ')).has_value());
  CHECK_FALSE(decode_from_keeper(std::string("lease udp 700\0", 14)).has_value());
}

TEST_CASE("what is no message of an agent is none") {
  for (const std::string text :
       {"", "granted", "granted 1", "granted 1 2 3", "granted a b", "valid 1 -2", "denied ",
        "denied granted", "denied maybe beta", "denied taken \x1b[2J", "lost 1", "lease udp 700"}) {
    INFO(text);
    CHECK_FALSE(decode_to_keeper(text).has_value());
  }
  CHECK_FALSE(decode_to_keeper("denied taken " + std::string(65, 'x')).has_value());
}

TEST_CASE("random bytes in place of a message do no harm") {
  std::mt19937 random(1);
  const std::string words = "lease hold udp tcp release granted valid denied 0123456789 \n\xff";
  for (int i = 0; i < 20'000; ++i) {
    std::string text(random() % 40, ' ');
    for (char& c : text) c = words[random() % words.size()];
    static_cast<void>(decode_from_keeper(text));
    static_cast<void>(decode_to_keeper(text));
  }
}

}  // namespace encluster::agent
