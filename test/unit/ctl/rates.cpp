#include "ctl/rates.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <catch2/catch.hpp>
#include <string>

#include "gateway_sample.hpp"

namespace encluster::ctl {
namespace {

using test::sample;

double rate_of(const Sample& before, const Sample& after, const char* pointer) {
  return boost::json::value(rates(before, after)).at_pointer(pointer).to_number<double>();
}

TEST_CASE("rates are what was counted between two looks, by the gateway's clock") {
  const Sample before = sample({.uptime = 10, .packets = 100, .opened = 7, .dropped = 3});
  const Sample after = sample({.uptime = 12.5, .packets = 600, .opened = 8, .dropped = 13});
  CHECK(rate_of(before, after, "/seconds") == 2.5);
  CHECK(rate_of(before, after, "/traffic/0/packets_received") == 200);
  CHECK(rate_of(before, after, "/traffic/0/bytes_received") == 20000);
  CHECK(rate_of(before, after, "/traffic/0/packets_sent") == 400);
  CHECK(rate_of(before, after, "/traffic/0/bytes_sent") == 40000);
  CHECK(rate_of(before, after, "/connections_opened") == 0.4);
  CHECK(rate_of(before, after, "/drops/no_connection") == 4);
  CHECK(rate_of(before, after, "/drops/ipv6") == 0);
}

TEST_CASE("of a gateway that was started between two looks, rates are those since its start") {
  const Sample before = sample({.uptime = 1000, .packets = 100, .opened = 9, .dropped = 300});
  const Sample after = sample({.uptime = 2, .packets = 600, .opened = 8, .dropped = 10});
  CHECK(rates(before, after).at("restarted").as_bool());
  CHECK(rate_of(before, after, "/traffic/0/packets_received") == 300);
  CHECK(rate_of(before, after, "/connections_opened") == 4);
  CHECK(rate_of(before, after, "/drops/no_connection") == 5);
}

TEST_CASE("between two looks at the same moment, all rates are zero") {
  const Sample once = sample({.uptime = 10, .packets = 100, .opened = 7, .dropped = 3});
  CHECK_FALSE(rates(once, once).at("restarted").as_bool());
  CHECK(rate_of(once, once, "/traffic/0/bytes_sent") == 0);
  CHECK(rate_of(once, sample({.uptime = 10, .packets = 200}), "/traffic/0/bytes_sent") == 0);
}

TEST_CASE("a network and a reason that were not there before are counted from zero") {
  Sample before = sample({.uptime = 10, .packets = 100, .dropped = 3});
  before.status.at("traffic").as_array().clear();
  before.status.at("drops").as_object().clear();
  const Sample after = sample({.uptime = 11, .packets = 100, .dropped = 3});
  CHECK(rate_of(before, after, "/traffic/0/packets_received") == 100);
  CHECK(rate_of(before, after, "/drops/no_connection") == 3);
}

TEST_CASE("nodes, services and the rest of the status are the later ones") {
  Sample after = sample({.uptime = 11, .packets = 1});
  after.nodes.at_pointer("/nodes/0/name") = "later";
  const boost::json::value told = rates(sample({.uptime = 10}), after);
  CHECK(told.at_pointer("/nodes/0/name") == "later");
  CHECK(told.at_pointer("/services/0/name") == "ssh");
  CHECK(told.at_pointer("/status/cluster") == "demo");
  CHECK_FALSE(told.at("status").as_object().contains("traffic"));
}

TEST_CASE("answers that are not as documented are refused") {
  Sample wrong = sample({.uptime = 10});
  wrong.status.as_object().erase("traffic");
  CHECK_THROWS(rates(wrong, sample({.uptime = 11})));
  wrong = sample({.uptime = 10});
  wrong.nodes = nullptr;
  CHECK_THROWS(rates(sample({.uptime = 9}), wrong));
}

}  // namespace
}  // namespace encluster::ctl
