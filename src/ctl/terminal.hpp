// The terminal of a person who looks on.
#pragma once

#include <chrono>
#include <cstdint>
#include <vector>

#include "ctl/line.hpp"

namespace encluster::ctl {

/// Whether the output is shown to a person, and input comes from one.
[[nodiscard]] bool is_interactive();

/// Whether the output shows colours: a terminal, unless the environment has NO_COLOR (no-color.org)
/// or TERM is `dumb`.
[[nodiscard]] bool has_colours();

/// Of the terminal that shows the output; without bounds of what is none.
[[nodiscard]] ScreenSize output_size();

/// Has the whole terminal as long as it lives: a screen of its own without a cursor, and keys that
/// come without being shown. A signal that ends the program, Ctrl-C too, gives the terminal back
/// first. One at a time, and in the only thread. @pre is_interactive()
class FullScreen {
 public:
  /// @throws std::system_error
  FullScreen();
  ~FullScreen();
  FullScreen(const FullScreen&) = delete;
  FullScreen& operator=(const FullScreen&) = delete;

  /// Puts the lines in place of what was there. @throws std::system_error
  static void draw(const std::vector<Line>& lines);

  enum class Event : std::uint8_t { time_over, resized, quit };

  /// Waits for `q`, the end of the input, another size of the terminal, or this moment.
  /// @throws std::system_error
  [[nodiscard]] static Event wait_until(std::chrono::steady_clock::time_point moment);
};

}  // namespace encluster::ctl
