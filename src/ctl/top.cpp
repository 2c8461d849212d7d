#include "ctl/top.hpp"

#include <fmt/format.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <string>
#include <thread>

#include "control/configuration_error.hpp"
#include "control/configuration_format.hpp"
#include "ctl/command_line.hpp"
#include "ctl/rates.hpp"
#include "ctl/rest_answer.hpp"
#include "ctl/terminal.hpp"
#include "ctl/top_screen.hpp"

namespace encluster::ctl {

namespace json = boost::json;
using Clock = std::chrono::steady_clock;

namespace {

std::uint64_t number_of(const char* option, const std::string& text, std::uint64_t most) {
  const auto number = control::parse_number(text);
  if (number && *number >= 1 && *number <= most) return *number;
  throw UsageError(fmt::format("{}: found {}; allowed: a whole number from 1 to {}", option,
                               control::shown(text), most));
}

Sample take(const RestClient& client) {
  const auto ask = [&client](const char* target) {
    return with_answer(patiently([&] { return client.get(target); }),
                       [](json::value answer) { return answer; });
  };
  return {ask("/v1/status"), ask("/v1/nodes"), ask("/v1/services")};
}

/// With the same message for answers that are not as documented as all commands have.
json::object rates_between(const Sample& before, const Sample& after) {
  return as_documented([&] { return rates(before, after); });
}

void print(const RestClient& client, const TopOptions& top, const RestOptions& options,
           std::ostream& output) {
  Sample before = take(client);
  const std::uint64_t count = top.count.value_or(1);
  for (std::uint64_t i = 0; i < count; ++i) {
    std::this_thread::sleep_for(top.interval);
    Sample after = take(client);
    const json::object told = rates_between(before, after);
    if (options.json) {
      output << json::serialize(told) << '\n';
    } else {
      const ScreenSize size{options.style.width, ScreenSize::kAny};
      if (i != 0) output << '\n';
      output << text_of(as_documented([&] { return top_screen(told, size); }),
                        options.style.colour);
    }
    output.flush();
    before = std::move(after);
  }
}

/// What is seen, and why it may be old.
struct View {
  json::object rates;
  std::string notice;

  void draw() const {
    FullScreen::draw(as_documented([&] { return top_screen(rates, output_size(), notice); }));
  }
};

/// @return false: enough
bool wait(const View& view, Clock::time_point next) {
  for (;;) {
    switch (FullScreen::wait_until(next)) {
      case FullScreen::Event::quit:
        return false;
      case FullScreen::Event::time_over:
        return true;
      case FullScreen::Event::resized:
        view.draw();
    }
  }
}

void watch(const RestClient& client, const TopOptions& top) {
  Sample before = take(client);  // before the screen is taken: what is wrong is said and stays
  View view{rates_between(before, before),
            fmt::format("the first rates come in {} s", top.interval.count())};
  const FullScreen screen;
  for (auto next = Clock::now() + top.interval;; next = Clock::now() + top.interval) {
    view.draw();
    if (!wait(view, next)) return;
    try {
      Sample after = take(client);
      view = {rates_between(before, after), {}};
      before = std::move(after);
    } catch (const std::runtime_error& problem) {
      view.notice = problem.what();  // such as of a gateway that is being restarted
    }
  }
}

}  // namespace

TopOptions top_options(const RestOptions& options) {
  constexpr std::uint64_t kMostInterval = 3600;
  constexpr std::uint64_t kMostCount = 1'000'000;
  TopOptions top;
  if (const auto text = filter_of(options, "interval")) {
    top.interval = std::chrono::seconds(number_of("--interval", *text, kMostInterval));
  }
  if (const auto text = filter_of(options, "count")) {
    top.count = number_of("--count", *text, kMostCount);
  }
  if (filter_of(options, "once")) top.count = 1;
  return top;
}

void show_top(const RestOptions& options, std::ostream& output) {
  const TopOptions top = top_options(options);
  const RestClient client = client_of(options);
  if (options.json || top.count.has_value() || !is_interactive()) {
    print(client, top, options, output);
  } else {
    watch(client, top);
  }
}

}  // namespace encluster::ctl
