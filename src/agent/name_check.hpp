// Whether the node knows the names that its login servers ask for.
#pragma once

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/process/async_pipe.hpp>
#include <boost/process/child.hpp>
#include <boost/process/group.hpp>
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "agent/complaints.hpp"
#include "encluster/types.hpp"

namespace encluster::agent {

/// The hosts that a file such as /etc/hosts.equiv names, at most 256: neither netgroups (`@name`)
/// nor words that are no names.
[[nodiscard]] std::set<std::string> trusted_hosts(std::string_view text);

/// rshd and rlogind let a host in by its name: they look the address up, and compare the name with
/// those of /etc/hosts.equiv. So each cluster address must have a name, for logins from one node to
/// another, and each of those names an address. Says what does not. One thread, the context's.
///
/// Asks getent(1), as a program of its own: a lookup may take half a minute, and cannot be given
/// up.
class NameCheck {
 public:
  /// @param equivalent a file such as /etc/hosts.equiv
  /// @param log outlives this object, and so does the context
  /// @param getent the program
  NameCheck(boost::asio::io_context& context, std::filesystem::path equivalent,
            control::Logger& log, std::string getent = "getent");
  NameCheck(const NameCheck&) = delete;
  NameCheck& operator=(const NameCheck&) = delete;
  ~NameCheck();

  /// Begins to look, unless it still does. What is wrong is said later.
  /// @param cluster its addresses
  void check(const std::set<Ipv4Address>& cluster);

 private:
  void read();
  void stop();
  void finish();
  void tell(const std::string& name, const std::string& problem);

  boost::asio::io_context& context_;
  std::filesystem::path equivalent_;
  std::string getent_;
  Complaints complaints_;
  std::set<std::string> addresses_;  ///< that are asked for
  std::set<std::string> hosts_;      ///< the same
  std::set<std::string> told_;       ///< not known the last time
  std::string unknown_;              ///< what the program has written so far
  std::array<char, 4096> chunk_{};
  std::optional<boost::process::async_pipe> output_;
  std::optional<boost::process::group> group_;  ///< the program with those that it starts
  std::optional<boost::process::child> child_;  ///< while it runs
};

}  // namespace encluster::agent
