#include "ctl/route.hpp"

#include <fmt/format.h>
#include <pcap/pcap.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <memory>
#include <optional>
#include <stdexcept>
#include <vector>

#include "control/configuration_error.hpp"
#include "ctl/command_line.hpp"
#include "ctl/rest_answer.hpp"
#include "ctl/words.hpp"

namespace encluster::ctl {

namespace json = boost::json;

namespace {

constexpr const char* kTarget = "/v1/route";
constexpr std::size_t kDescribed = 3;  ///< words: protocol, source, destination

json::object sided(const RestOptions& options) {
  json::object question;
  if (const auto from = filter_of(options, "from")) question["from"] = *from;
  return question;
}

using Capture = std::unique_ptr<pcap_t, decltype(&pcap_close)>;

Capture open_capture(const std::string& file) {
  char problem[PCAP_ERRBUF_SIZE] = "";
  Capture capture(pcap_open_offline(file.c_str(), problem), &pcap_close);
  if (capture == nullptr) throw std::runtime_error(fmt::format("{}: {}", file, problem));
  const int type = pcap_datalink(capture.get());
  if (type != DLT_EN10MB && type != DLT_RAW) {
    throw std::runtime_error(fmt::format(
        "{}: found packets of link type {}; allowed: Ethernet, or IP without link", file, type));
  }
  return capture;
}

std::string hex_of(const u_char* bytes, std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += fmt::format("{:02x}", bytes[i]);
  return text;
}

/// One line of text, or one of JSON, for each packet.
void show_capture(const RestOptions& options, const std::string& file, std::ostream& output) {
  const Capture capture = open_capture(file);
  const RestClient client = client_of(options);
  pcap_pkthdr* header = nullptr;
  const u_char* bytes = nullptr;
  int outcome = 0;
  for (std::uint64_t number = 1; (outcome = pcap_next_ex(capture.get(), &header, &bytes)) == 1;
       ++number) {
    json::object question = sided(options);
    question["frame"] = hex_of(bytes, header->caplen);
    if (!options.json) output << fmt::format("{:>6}  ", number);
    try {
      const std::string answer =
          patiently([&] { return client.post(kTarget, json::serialize(question)); });
      show(options, answer, output, short_route_text);
    } catch (const RefusedError& refusal) {
      if (options.json) throw;
      output << refusal.what() << '\n';  // such as a packet that is too long
    }
  }
  if (outcome == PCAP_ERROR) {
    throw std::runtime_error(fmt::format("{}: {}", file, pcap_geterr(capture.get())));
  }
}

/// `field` of the answer, or nothing where it is null.
std::string optional_word(const json::value& route, const char* field) {
  return route.at(field).is_null() ? std::string() : word(route.at(field));
}

/// "forward to alpha by interconnect", "drop: spoofed_source".
std::string verdict_text(const json::value& route) {
  std::string text = word(route.at("verdict"));
  const std::string node = optional_word(route, "node");
  const std::string to = optional_word(route, "to");
  const std::string reason = optional_word(route, "reason");
  if (!to.empty() && to == "interconnect" && !node.empty()) text += " to " + node;
  if (!to.empty() && to != "interconnect" && to != "local") text += " from " + node;
  if (!to.empty()) text += " by " + to;
  if (!reason.empty()) text += ": " + reason;
  return text;
}

}  // namespace

std::string route_question(const RestOptions& options) {
  json::object question = sided(options);
  const auto flags = filter_of(options, "flags");
  if (options.words.size() == 1) {
    if (flags) throw UsageError("--flags is for a packet in words");
    question["frame"] = options.words[0];
  } else if (options.words.size() == kDescribed) {
    question["protocol"] = options.words[0];
    question["source"] = options.words[1];
    question["destination"] = options.words[2];
    if (flags) question["flags"] = *flags;
  } else {
    throw UsageError(
        "a route is asked of PROTOCOL SOURCE DESTINATION, of HEX, or of --capture FILE");
  }
  return json::serialize(question);
}

std::string short_route_text(const json::value& route) {
  std::string text = fmt::format("{}  {} ({})", word(route.at("received")), verdict_text(route),
                                 word(route.at("rule")));
  if (!route.at("sent").is_null()) text += "  " + word(route.at("sent"));
  return text + '\n';
}

std::string route_text(const json::value& route) {
  std::string text = fmt::format("{:<12}{}, from {}\n", "received", word(route.at("received")),
                                 word(route.at("from")));
  for (const json::value& rule : route.at("looked_at").as_array()) {
    text += fmt::format("{:<12}{}\n", word(rule.at("rule")), word(rule.at("found")));
  }
  text += fmt::format("{:<12}{}\n", "verdict", verdict_text(route));
  if (!route.at("meaning").is_null()) {
    text += fmt::format("{:<12}{}\n", "", word(route.at("meaning")));
  }
  if (!route.at("sent").is_null()) {
    text += fmt::format("{:<12}{}\n", "sent", word(route.at("sent")));
  }
  return text;
}

void show_route(const RestOptions& options, std::ostream& output) {
  if (const auto file = filter_of(options, "capture")) {
    if (!options.words.empty()) {
      throw UsageError(fmt::format("unexpected argument {}", control::shown(options.words[0])));
    }
    return show_capture(options, *file, output);
  }
  const std::string question = route_question(options);
  show(options, client_of(options).post(kTarget, question), output, route_text);
}

}  // namespace encluster::ctl
