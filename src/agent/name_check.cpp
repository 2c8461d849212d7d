#include "agent/name_check.hpp"

#include <unistd.h>

#include <boost/process/args.hpp>
#include <boost/process/extend.hpp>
#include <boost/process/io.hpp>
#include <sstream>
#include <system_error>
#include <utility>

#include "agent/machine.hpp"
#include "control/configuration_format.hpp"

namespace encluster::agent {

namespace bp = boost::process;

namespace {

constexpr std::size_t kMostNames = 256;
constexpr std::size_t kMostName = 253;  // characters, of a name in the DNS
/// Between addresses and names.
constexpr const char* kNames = "/";
/// Prints those addresses and names that getent does not find. Of a name the IPv4 addresses alone
/// count: others may take a name server long to deny.
constexpr const char* kScript =
    "getent=$1 database=hosts; shift; command -v \"$getent\" >/dev/null || exit 0; "
    "for key; do case $key in /) database=ahostsv4;; "
    "*) \"$getent\" \"$database\" \"$key\" >/dev/null || echo \"$key\";; esac; done";

bool is_name(std::string_view word) {
  return word.size() <= kMostName &&
         word.find_first_not_of(
             "-.0123456789_abcdefghijklmnopqrstuv"
             "wxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") == std::string_view::npos;
}

}  // namespace

std::set<std::string> trusted_hosts(std::string_view text) {
  std::set<std::string> hosts;
  std::istringstream lines{std::string(text)};
  for (std::string line; std::getline(lines, line) && hosts.size() < kMostNames;) {
    std::istringstream words(line.substr(0, line.find('#')));
    std::string host;
    if (!(words >> host)) continue;
    if (host.front() == '+' || host.front() == '-') host.erase(0, 1);
    if (!host.empty() && host.front() != '-' && is_name(host)) hosts.insert(host);
  }
  return hosts;
}

NameCheck::NameCheck(boost::asio::io_context& context, std::filesystem::path equivalent,
                     control::Logger& log, std::string getent)
    : context_(context),
      equivalent_(std::move(equivalent)),
      getent_(std::move(getent)),
      complaints_(log) {}

NameCheck::~NameCheck() {
  if (child_) stop();
}

void NameCheck::check(const std::set<Ipv4Address>& cluster) {
  if (child_) return;
  addresses_.clear();
  for (const Ipv4Address address : cluster) addresses_.insert(control::to_text(address));
  hosts_ = trusted_hosts(read_file(equivalent_.c_str()));
  unknown_.clear();
  std::vector<std::string> words{"-c", kScript, "sh", getent_};
  words.insert(words.end(), addresses_.begin(), addresses_.end());
  words.emplace_back(kNames);
  words.insert(words.end(), hosts_.begin(), hosts_.end());
  std::error_code error;
  output_.emplace(context_);
  group_.emplace();
  // It may outlive this process for a moment: with none of its ports.
  const auto none_of_ours = bp::extend::on_exec_setup = [](auto&) {
    ::close_range(STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC);
  };
  child_.emplace("/bin/sh", bp::args(words), (bp::std_in < bp::null), (bp::std_out > *output_),
                 (bp::std_err > bp::null), none_of_ours, *group_, error);
  if (error) return stop();
  read();
}

void NameCheck::read() {
  output_->async_read_some(boost::asio::buffer(chunk_),
                           [this](const boost::system::error_code& error, std::size_t size) {
                             if (error == boost::asio::error::operation_aborted) return;
                             unknown_.append(chunk_.data(), size);
                             if (!error) return read();
                             stop();
                             finish();
                           });
}

/// Its output has ended, and so does the program; or it is ended.
void NameCheck::stop() {
  std::error_code ignored;
  group_->terminate(ignored);
  child_->terminate(ignored);
  child_.reset();
  group_.reset();
  output_.reset();
}

void NameCheck::finish() {
  std::set<std::string> unknown;
  std::istringstream lines(unknown_);
  for (std::string line; std::getline(lines, line);) unknown.insert(line);
  std::set<std::string> known = std::exchange(told_, unknown);
  for (const std::string& name : unknown) {
    known.erase(name);
    if (addresses_.contains(name)) {
      tell(name, "the cluster's address has no name, which login servers of nodes ask for");
    } else {
      tell(name, "a name of hosts.equiv has no address, so that nobody is let in by it");
    }
  }
  for (const std::string& name : known) tell(name, "");
}

void NameCheck::tell(const std::string& name, const std::string& problem) {
  complaints_.tell("name " + name, problem, "add it to /etc/hosts, or to the DNS");
}

}  // namespace encluster::agent
