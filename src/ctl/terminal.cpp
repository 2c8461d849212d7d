#include "ctl/terminal.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <string_view>
#include <system_error>

namespace encluster::ctl {

namespace {

// Of xterm, and of all that call themselves its like.
constexpr std::string_view kEnter = "\x1b[?1049h\x1b[?25l";  // another screen, no cursor
constexpr std::string_view kLeave = "\x1b[m\x1b[?25h\x1b[?1049l";
constexpr std::string_view kHome = "\x1b[H";
constexpr std::string_view kClearBelow = "\x1b[J";

constexpr std::array kEnds{SIGINT, SIGTERM, SIGHUP, SIGQUIT};

/// What the terminal was like. A signal's handler sees nothing but globals.
termios before;  // NOLINT(cppcoreguidelines-avoid-non-const-global-variables)

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

/// Calls nothing but what a signal's handler may (POSIX.1, section 2.4.3).
void give_back() noexcept {
  [[maybe_unused]] const ssize_t lost = write(STDOUT_FILENO, kLeave.data(), kLeave.size());
  tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
}

/// Ctrl-C is a way to end a view as `q` is; any other signal ends the program as it would have.
extern "C" void end_by(int signal_number) {
  give_back();
  if (signal_number == SIGINT) _exit(0);
  std::signal(signal_number, SIG_DFL);
  raise(signal_number);
}

/// Only wakes who waits.
extern "C" void wake(int) {}

void handle(int signal_number, void (*handler)(int)) {
  struct sigaction action {};
  action.sa_handler = handler;  // without SA_RESTART: poll() is to return
  sigaction(signal_number, &action, nullptr);
}

}  // namespace

bool is_interactive() { return isatty(STDIN_FILENO) == 1 && isatty(STDOUT_FILENO) == 1; }

bool has_colours() {
  const char* const refused = std::getenv("NO_COLOR");
  const char* const kind = std::getenv("TERM");
  return isatty(STDOUT_FILENO) == 1 && (refused == nullptr || *refused == '\0') &&
         kind != nullptr && std::string_view(kind) != "dumb";
}

ScreenSize output_size() {
  winsize size{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_row == 0) {
    return {};
  }
  return {size.ws_col, size.ws_row};
}

FullScreen::FullScreen() {
  if (tcgetattr(STDIN_FILENO, &before) != 0) fail("cannot ask the terminal for its modes");
  for (const int end : kEnds) handle(end, end_by);
  handle(SIGWINCH, wake);
  termios modes = before;
  modes.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
  modes.c_cc[VSUSP] = _POSIX_VDISABLE;  // a stopped program could not give the terminal back
  if (tcsetattr(STDIN_FILENO, TCSAFLUSH, &modes) != 0) fail("cannot set the terminal's modes");
  [[maybe_unused]] const ssize_t lost = write(STDOUT_FILENO, kEnter.data(), kEnter.size());
}

FullScreen::~FullScreen() {
  give_back();
  for (const int end : kEnds) handle(end, SIG_DFL);
  handle(SIGWINCH, SIG_DFL);
}

void FullScreen::draw(const std::vector<Line>& lines) {
  // Each line is written over the one that was there: a screen that is cleared first flickers. The
  // last has no line's end, which would scroll a full screen.
  std::string text(kHome);
  for (const char c : text_of(lines, has_colours())) {
    text += c == '\n' ? std::string_view("\x1b[K\n") : std::string_view(&c, 1);
  }
  text.pop_back();
  text += kClearBelow;
  for (std::string_view rest = text; !rest.empty();) {
    const ssize_t written = write(STDOUT_FILENO, rest.data(), rest.size());
    if (written < 0 && errno != EINTR) fail("cannot write to the terminal");
    if (written > 0) rest.remove_prefix(static_cast<std::size_t>(written));
  }
}

FullScreen::Event FullScreen::wait_until(std::chrono::steady_clock::time_point moment) {
  using std::chrono::milliseconds;
  for (;;) {
    const auto left = std::chrono::ceil<milliseconds>(moment - std::chrono::steady_clock::now());
    if (left <= milliseconds::zero()) return Event::time_over;
    pollfd input{STDIN_FILENO, POLLIN, 0};
    const int ready = poll(&input, 1, static_cast<int>(left.count()));
    if (ready < 0 && errno == EINTR) return Event::resized;
    if (ready < 0) fail("cannot wait for the terminal");
    if (ready == 0) return Event::time_over;
    char key = 0;
    if (read(STDIN_FILENO, &key, 1) <= 0 || key == 'q' || key == 'Q') return Event::quit;
  }
}

}  // namespace encluster::ctl
