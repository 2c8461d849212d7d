// Values of an answer as words for people.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <string>
#include <string_view>

namespace encluster::ctl {

inline constexpr const char* kNothing = "-";

/// Nothing that a terminal could take for a command.
[[nodiscard]] std::string printable(std::string_view text);

/// `-` for null, yes and no, two decimals. @throws boost::system::system_error for lists and
/// objects
[[nodiscard]] std::string word(const boost::json::value& value);

/// Words with something between them; `-` for none.
class Words {
 public:
  explicit Words(std::string_view separator = " ") : separator_(separator) {}

  void add(std::string_view word) {
    if (!text_.empty()) text_ += separator_;
    text_ += word;
  }
  [[nodiscard]] std::string text() const { return text_.empty() ? kNothing : text_; }

 private:
  std::string_view separator_;
  std::string text_;
};

/// The list's values. @throws as word()
[[nodiscard]] std::string joined(const boost::json::array& words, std::string_view separator);

/// `513/tcp`, of whatever has a port and a protocol. @throws as word(), or if it has not
[[nodiscard]] std::string port_text(const boost::json::value& what);

/// `2 d 03:04:05`
[[nodiscard]] std::string uptime_text(double seconds);

}  // namespace encluster::ctl
