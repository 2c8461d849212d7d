#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <catch2/catch.hpp>

#include "ctl/command_line.hpp"
#include "ctl/rest_client.hpp"
#include "ctl/rest_commands.hpp"
#include "ctl/rest_options.hpp"
#include "ctl/rest_tables.hpp"
#include "ctl/route.hpp"
#include "ctl/table.hpp"

namespace encluster::ctl {
namespace {

using Catch::Contains;

std::optional<RestOptions> parse(std::vector<std::string> words,
                                 const std::vector<std::string>& operands = {}) {
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  return parse_rest_options(static_cast<int>(words.size()), arguments.data(), operands);
}

/// The command line, with the command brought forward.
std::vector<std::string> forward(std::vector<std::string> words) {
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  bring_command_forward(static_cast<int>(words.size()), arguments.data());
  return {arguments.begin(), arguments.end() - 1};
}

using Words = std::vector<std::string>;

}  // namespace

TEST_CASE("commands take a URL, a token file, and the wish for JSON") {
  const auto options = parse(
      {"weight", "--url", "http://a:1", "alpha", "--json", "3", "--token-file=t"}, {"NODE", "N"});
  REQUIRE(options.has_value());
  CHECK(options->url == "http://a:1");
  CHECK(options->token_file == "t");
  CHECK(options->json);
  CHECK(options->words == Words{"alpha", "3"});
  CHECK(parse({"status"})->url == "http://127.0.0.1:8077");
}

TEST_CASE("what is missing or wrong for a command is said") {
  CHECK_THROWS_WITH(parse({"drain"}, {"NODE"}), "NODE is missing");
  CHECK_THROWS_WITH(parse({"weight", "alpha"}, {"NODE", "N"}), "N is missing");
  CHECK_THROWS_WITH(parse({"status", "more"}), "unexpected argument 'more'");
  CHECK_THROWS_WITH(parse({"status", "--url"}), "--url needs a value");
  CHECK_THROWS_WITH(parse({"status", "--bogus"}), "unknown option --bogus");
}

TEST_CASE("options may stand before the command") {
  CHECK(forward({"ctl", "--url", "u", "--json", "drain", "alpha"}) ==
        Words{"ctl", "drain", "--url", "u", "--json", "alpha"});
  CHECK(forward({"ctl", "--token-file=t", "nodes"}) == Words{"ctl", "nodes", "--token-file=t"});
  CHECK(forward({"ctl", "--help"}) == Words{"ctl", "--help"});
  CHECK(forward({"ctl", "--url"}) == Words{"ctl", "--url"});
  CHECK(forward({"ctl"}) == Words{"ctl"});
}

TEST_CASE("a URL names host and port") {
  CHECK(parse_rest_url("http://127.0.0.1:8077").port == "8077");
  CHECK(parse_rest_url("http://gateway:80/").host == "gateway");
  for (const std::string wrong :
       {"", "127.0.0.1:8077", "https://a:1", "http://a", "http://:1", "http://a:", "http://a:0",
        "http://a:65536", "http://a:1/v1", "http://a b:1", "http://a\r\nX:1"}) {
    INFO(wrong);
    CHECK_THROWS_WITH(parse_rest_url(wrong), Contains("allowed: http://HOST:PORT"));
  }
}

TEST_CASE("a weight is a number that the configuration would take") {
  CHECK(weight_change("0") == R"({"weight":0})");
  CHECK(weight_change("1000") == R"({"weight":1000})");
  for (const std::string wrong : {"1001", "-1", "1.5", "", "many"}) {
    CHECK_THROWS_AS(weight_change(wrong), UsageError);
  }
}

TEST_CASE("a table's columns are as wide as they need to be") {
  Table table({{"NODE"}, {"ID", Align::right}, {"UP"}});
  CHECK(table.empty());
  table.add({"alpha-one", "1", "yes"});
  table.add({"b", "1023", ""});
  CHECK(table.text() == "NODE         ID  UP\nalpha-one     1  yes\nb          1023\n");
}

TEST_CASE("what is too wide for the terminal goes on below the last column, or is cut") {
  Table table({{"REASON"}, {"MEANING"}});
  table.add({"ipv6", "It is of IPv6, which the gateway does not speak."}, Tone::alarm);
  table.add({"b", "B."});
  CHECK(table.text({.width = 30}) ==
        "REASON  MEANING\n"
        "ipv6    It is of IPv6, which\n"
        "        the gateway does not\n"
        "        speak.\n"
        "b       B.\n");
  CHECK(table.text({.width = 17}) ==
        "REASON  MEANING\n"
        "ipv6    It is ...\n"
        "b       B.\n");
  CHECK(table.text({.width = 24, .colour = true}).find("\x1b[31m        speak.\x1b[m\n") !=
        std::string::npos);
  Table numbers({{"NODE"}, {"COUNT", Align::right}});
  numbers.add({"a node with a long name", "1234567890"});
  CHECK(numbers.text({.width = 30}) ==
        "NODE                       ...\n"
        "a node with a long name  12...\n");
}

TEST_CASE("nodes are told in a table, with what was changed marked") {
  const auto node = [](const std::string& changed) {
    return boost::json::parse(R"({"name":"alpha","id":1,"address":"10.77.0.11","up":true,)"
                              R"("weight":3,"draining":false,"configured":{"weight":1,)"
                              R"("draining":false},"changed":)" +
                              changed + R"(,"agent":null,"load":0.25,"leases":2})");
  };
  const std::string plain =
      nodes_text(boost::json::array{node(R"({"weight":null,"draining":null})")});
  CHECK(plain ==
        "NODE   ID  ADDRESS     UP   DRAINING  WEIGHT  AGENT  LOAD  LEASES\n"
        "alpha   1  10.77.0.11  yes  no             3  -      0.25       2\n");
  CHECK_THAT(nodes_text(boost::json::array{node(R"({"weight":3,"draining":null})")}),
             Contains(" 3* ") && Contains("* changed at run time"));
  auto down = node(R"({"weight":null,"draining":null})");
  down.at("up") = false;
  CHECK_THAT(nodes_text(boost::json::array{down}, {.colour = true}),
             Contains("\n\x1b[31malpha ") && !Contains("\x1b[33m"));
}

TEST_CASE("connections are told line by line, and nothing reaches the terminal as a command") {
  const auto one = boost::json::parse(
      R"([{"protocol":"tcp","remote":"192.0.2.9","remote_port":1023,"cluster_port":513,)"
      R"("node_port":513,"node":"al\u001bpha","service":null,"state":["answered","fin_remote"],)"
      R"("seconds_left":60,"idle_seconds":7140}])");
  CHECK(connections_text(one.as_array()) ==
        "tcp   192.0.2.9:1023           513 al?pha              513 -              7140       60 "
        "answered,fin_remote\n");
  CHECK(connections_text(one.as_array(), {.width = 40}) ==
        "tcp   192.0.2.9:1023           513 al...\n");
  CHECK(connections_heading({.width = 40, .colour = true}) ==
        "\x1b[1mPROTO REMOTE                  PORT NO...\x1b[m\n");
}

TEST_CASE("only lists of connections take filters, which may hold anything") {
  std::vector<std::string> words{"connections", "--remote", "198.51.100.0/24", "--node=a&b=c d"};
  CHECK_THROWS_WITH(parse(words), "unknown option --remote");
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  const auto options = parse_rest_options(4, arguments.data(), {}, Filters::of_connections);
  REQUIRE(options.has_value());
  CHECK(query_text(*options) == "&remote=198.51.100.0%2F24&node=a%26b%3Dc%20d");
}

TEST_CASE("a route is asked of words, or of hexadecimal digits") {
  const auto question = [](std::vector<std::string> words) {
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    const auto options =
        parse_rest_options(static_cast<int>(words.size()), arguments.data(), {}, Filters::of_route);
    return route_question(options.value());
  };
  CHECK(question({"route", "tcp", "198.51.100.7:1023", "513", "--flags", "A"}) ==
        R"({"protocol":"tcp","source":"198.51.100.7:1023","destination":"513","flags":"A"})");
  CHECK(question({"route", "4500", "--from=campus"}) == R"({"from":"campus","frame":"4500"})");
  CHECK_THROWS_AS(question({"route"}), UsageError);
  CHECK_THROWS_AS(question({"route", "tcp", "1"}), UsageError);
  CHECK_THROWS_AS(question({"route", "4500", "--flags", "S"}), UsageError);
}

TEST_CASE("a route is told with all that was looked at, or in a line") {
  const auto forward = boost::json::parse(
      R"({"verdict":"forward","reason":null,"meaning":null,"rule":"switch","service":"rlogin",)"
      R"("node":"alpha","from":"campus","to":"interconnect","received":"a > b","sent":"a > c",)"
      R"("frame":"00","looked_at":[{"rule":"admission","found":"sound"}]})");
  CHECK(route_text(forward) ==
        "received    a > b, from campus\n"
        "admission   sound\n"
        "verdict     forward to alpha by interconnect\n"
        "sent        a > c\n");
  CHECK(short_route_text(forward) == "a > b  forward to alpha by interconnect (switch)  a > c\n");
  const auto drop = boost::json::parse(
      R"({"verdict":"drop","reason":"ipv6","meaning":"No.","rule":"admission","service":null,)"
      R"("node":null,"from":"campus","to":null,"received":"a > b","sent":null,)"
      R"("frame":null,"looked_at":[]})");
  CHECK(route_text(drop) ==
        "received    a > b, from campus\nverdict     drop: ipv6\n            No.\n");
}

TEST_CASE("services tell which of their nodes would not be chosen") {
  const auto answer = boost::json::parse(
      R"({"services":[{"name":"ssh","protocol":"tcp","port":22,"network":null,"plugin":"login",)"
      R"("options":{"scheduler":"round-robin"},"nodes":["alpha","beta"],)"
      R"("nodes_for_sessions":["alpha"]}]})");
  CHECK(services_text(answer) ==
        "SERVICE    PORT  NETWORK  PLUGIN  OPTIONS                NODES\n"
        "ssh      22/tcp  all      login   scheduler=round-robin  alpha beta!\n"
        "! gets no new sessions now: down, draining, or of weight 0\n");
}

TEST_CASE("the switch tells where nodes have another port") {
  const auto answer = boost::json::parse(
      R"({"generation":1,"entries":[{"network":"campus","protocol":"udp","port":20048,)"
      R"("service":"mount","decides":"function","nodes":["alpha","beta"],)"
      R"("node_ports":[{"node":"beta","port":892}]}]})");
  CHECK(switch_text(answer) ==
        "     PORT  NETWORK  SERVICE  DECIDES   NODES\n"
        "20048/udp  campus   mount    function  alpha beta:892\n");
}

TEST_CASE("drops that occurred are told, most of them first") {
  const auto drops = [](const char* list) {
    return drops_text(boost::json::parse(std::string(R"({"drops":)") + list + '}'));
  };
  CHECK(drops(R"([{"reason":"a","meaning":"A.","packets":0},)"
              R"({"reason":"b","meaning":"B.","packets":2},)"
              R"({"reason":"c","meaning":"C.","packets":11}])") ==
        "PACKETS  REASON  MEANING\n     11  c       C.\n      2  b       B.\n");
  CHECK(drops("[]") == "nothing was dropped\n");
}

}  // namespace encluster::ctl
