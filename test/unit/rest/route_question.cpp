#include "rest/route_question.hpp"

#include <catch2/catch.hpp>

#include "encluster/packet.hpp"

namespace encluster::rest {
namespace {

DescribedPacket described(const std::string& body) {
  return std::get<DescribedPacket>(parse_route_question(body).packet);
}

std::string complaint(const std::string& body) {
  try {
    static_cast<void>(parse_route_question(body));
  } catch (const BadRequest& bad) {
    return bad.what();
  }
  return "";
}

}  // namespace

TEST_CASE("a packet is described by protocol and ends") {
  const DescribedPacket rlogin =
      described(R"({"protocol":"tcp","source":"198.51.100.7:1023","destination":"513"})");
  CHECK(rlogin.protocol == Protocol::tcp);
  CHECK(rlogin.source == Ipv4Address(198, 51, 100, 7));
  CHECK(rlogin.source_port == PortNumber(std::uint16_t{1023}));
  CHECK_FALSE(rlogin.destination);
  CHECK(rlogin.port == PortNumber(std::uint16_t{513}));
  CHECK(rlogin.tcp_flags == tcp_flag::syn);
  const DescribedPacket answer = described(
      R"({"protocol":"tcp","source":"10.77.0.11:513","destination":"198.51.100.7:1023","flags":"SA"})");
  CHECK(answer.destination == Ipv4Address(198, 51, 100, 7));
  CHECK(answer.tcp_flags == (tcp_flag::syn | tcp_flag::ack));
  CHECK(described(R"({"protocol":"icmp","source":"198.51.100.7"})").protocol == Protocol::icmp);
  CHECK(described(R"({"protocol":"icmp","source":"198.51.100.7:9","destination":"192.0.2.1"})")
            .source_port == PortNumber(std::uint16_t{9}));
}

TEST_CASE("or given by its bytes") {
  const RouteQuestion question =
      parse_route_question(R"({"from":"campus","frame":"0102030405060708090A0b0c0d0e"})");
  CHECK(question.from == "campus");
  const auto& bytes = std::get<std::vector<std::byte>>(question.packet);
  CHECK(bytes.size() == 14);
  CHECK(bytes[9] == std::byte{10});
}

TEST_CASE("what is wrong with a question is said") {
  CHECK(complaint("[]") ==
        "body: found '[]'; allowed: an object with any of from, frame, protocol, source, "
        "destination, flags");
  CHECK(complaint("{") == "the body is no JSON: incomplete JSON");
  CHECK(complaint(R"({"form":1})").starts_with("'form': found an unknown key; allowed: from, "));
  CHECK(complaint("{}") == "protocol: found 'null'; allowed: it must be there");
  CHECK(complaint(R"({"protocol":"sctp"})").starts_with("protocol: found "));
  for (const char* const source : {"1.2.3.4", "1.2.3:4", ":4", "1.2.3.4:", "1.2.3.4:65536", "x"}) {
    CAPTURE(source);
    CHECK(
        complaint(std::string(R"({"protocol":"tcp","destination":"1","source":")") + source + "\"}")
            .starts_with("source: found "));
  }
  CHECK(complaint(R"({"protocol":"tcp","source":"1.2.3.4:5"})").starts_with("destination: "));
  CHECK(complaint(R"({"protocol":"tcp","source":"1.2.3.4:5","destination":"1.2.3.4"})")
            .starts_with("destination: "));
  CHECK(complaint(R"({"protocol":"icmp","source":"1.2.3.4","destination":"5"})")
            .starts_with("destination: "));
  CHECK(complaint(R"({"protocol":"tcp","source":"1.2.3.4:5","destination":"6","flags":"X"})")
            .starts_with("flags: "));
  CHECK(complaint(R"({"protocol":"udp","source":"1.2.3.4:5","destination":"6","flags":"S"})")
            .starts_with("flags: "));
  for (const std::string& frame : {std::string("0102"), std::string(28, 'g'), std::string(29, '0'),
                                   std::string(2 * 1793, '0')}) {
    CHECK(complaint(R"({"frame":")" + frame + "\"}").starts_with("frame: found "));
  }
  CHECK(complaint(R"({"frame":"0102030405060708090a0b0c0d0e","protocol":"tcp"})")
            .starts_with("protocol: "));
}

}  // namespace encluster::rest
