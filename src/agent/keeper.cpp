#include "agent/keeper.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <system_error>

#include "agent/child_process.hpp"
#include "agent/fence.hpp"
#include "agent/local_socket.hpp"

namespace encluster::agent {

namespace {

using agent_protocol::LeaseResult;
using control::FileDescriptor;

constexpr int kFailed = 1;
constexpr int kSignalled = 128;
constexpr std::array kPassedOn{SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2};

sigset_t awaited_signals() {
  sigset_t signals{};
  sigemptyset(&signals);
  sigaddset(&signals, SIGCHLD);
  for (const int number : kPassedOn) sigaddset(&signals, number);
  return signals;
}

FileDescriptor owned(int descriptor, const char* what) {
  if (descriptor < 0) throw std::system_error(errno, std::generic_category(), what);
  return FileDescriptor(descriptor);
}

std::string title(const agent_protocol::LeasedPort& port) {
  return fmt::format("{} port {}", port.protocol == Protocol::udp ? "UDP" : "TCP",
                     port.port.value());
}

std::string reason_of(const Denied& denied) {
  const std::string owner = denied.owner.empty() ? "another node" : denied.owner;
  switch (denied.result) {
    case LeaseResult::taken:
      return "held by " + owner;
    case LeaseResult::quarantined:
      return owner + " held it and was lost: try later";
    case LeaseResult::too_many:
      return "this node holds as many ports as it may";
    case LeaseResult::granted:
    case LeaseResult::not_leasable:
      break;
  }
  return "a node's dynamic port, or a configured service's";
}

}  // namespace

Keeper::Keeper(LeaseCommand command) : command_(std::move(command)) {
  const sigset_t signals = awaited_signals();
  // Where it is ignored, children end without a status.
  signal(SIGCHLD, SIG_DFL);
  sigprocmask(SIG_BLOCK, &signals, &original_mask_);
  signals_ = owned(signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC), "signalfd");
  timer_ = owned(timerfd_create(CLOCK_BOOTTIME, TFD_NONBLOCK | TFD_CLOEXEC), "timerfd");
}

int Keeper::run() {
  reconnect_at_ = BootClock::now();
  give_up_at_ = reconnect_at_ + command_.wait;
  while (!status_) {
    on_time(BootClock::now());
    if (!status_) await_event();
  }
  // The command has ended, if it was ever started: only now may another node have the port.
  if (child_ >= 0) tell_agent(Release{});
  return *status_;
}

BootTime Keeper::next_time(BootTime now) const {
  BootTime next = child_ < 0 ? give_up_at_ : next_change(validity_, now);
  if (agent_.get() < 0) next = std::min(next, reconnect_at_);
  // A lease that is over leaves nothing to wait for but the end of the command.
  return next > now ? next : now + kReconnect;
}

void Keeper::await_event() {
  const auto time = next_time(BootClock::now()).time_since_epoch();
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(time);
  itimerspec when{};
  when.it_value.tv_sec = seconds.count();
  when.it_value.tv_nsec = std::chrono::nanoseconds(time - seconds).count();
  timerfd_settime(timer_.get(), TFD_TIMER_ABSTIME, &when, nullptr);
  std::array<pollfd, 3> events{
      {{signals_.get(), POLLIN, 0}, {timer_.get(), POLLIN, 0}, {agent_.get(), POLLIN, 0}}};
  if (poll(events.data(), events.size(), -1) <= 0) return;
  if (events[2].revents != 0) read_messages();
  if (events[0].revents != 0) read_signals();
}

void Keeper::on_time(BootTime now) {
  if (agent_.get() < 0 && now >= reconnect_at_) reconnect();
  if (status_) return;
  if (child_ >= 0) {
    enforce(now);
  } else if (now >= give_up_at_) {
    fail(kFailed, trouble_.empty() ? fmt::format("no answer from a gateway within {} s: the agent "
                                                 "is not joined, its log says why",
                                                 command_.wait.count())
                                   : trouble_);
  }
}

void Keeper::reconnect() {
  agent_ = connect_local(command_.socket);
  const int reason = errno;
  if (agent_.get() < 0) {
    reconnect_at_ = BootClock::now() + kReconnect;
    trouble_ = fmt::format("cannot reach the agent at {}: {}", command_.socket.string(),
                           std::strerror(reason));
    if (child_ < 0 && (reason == EACCES || reason == EPERM)) fail(kFailed, trouble_);
    return;
  }
  trouble_.clear();
  const FromKeeper first = child_ < 0 ? FromKeeper(Ask{command_.port})
                                      : FromKeeper(Hold{command_.port, validity_.until});
  tell_agent(first);
}

void Keeper::tell_agent(const FromKeeper& message) {
  if (agent_.get() < 0 || send_local(agent_.get(), encode(message))) return;
  agent_ = FileDescriptor();
  reconnect_at_ = BootClock::now() + kReconnect;
}

void Keeper::read_messages() {
  std::string text;
  while (agent_.get() >= 0 && !status_) {
    const Reception reception = receive_local(agent_.get(), text);
    if (reception == Reception::nothing) return;
    const auto message =
        reception == Reception::message ? decode_to_keeper(text) : std::optional<ToKeeper>();
    if (!message) {
      agent_ = FileDescriptor();
      reconnect_at_ = BootClock::now() + kReconnect;
      return;
    }
    take(*message);
  }
}

void Keeper::take(const ToKeeper& message) {
  if (const auto* const granted = std::get_if<Granted>(&message)) {
    take_validity(granted->validity);
  } else if (const auto* const valid = std::get_if<Valid>(&message)) {
    take_validity(valid->validity);
  } else if (const auto* const denied = std::get_if<Denied>(&message); denied && child_ < 0) {
    refuse(*denied);
  } else if (std::holds_alternative<Forbidden>(message)) {
    if (child_ < 0) fail(kFailed, "Operation not permitted: only root may lease ports");
  } else if (child_ >= 0) {
    doom("the gateway gave it to another node");
  }
}

void Keeper::take_validity(const Validity& validity) {
  if (doomed_) return;
  validity_ = validity;
  if (child_ < 0 && due_at(validity, BootClock::now()) == Due::nothing) {
    child_ = start_child(command_.command, original_mask_);
  }
}

void Keeper::refuse(const Denied& denied) {
  fail(kInUse, fmt::format("{} ({})", std::strerror(EADDRINUSE), reason_of(denied)));
}

void Keeper::enforce(BootTime now) {
  const Due due = due_at(validity_, now);
  if (due != Due::nothing) doom("no gateway was heard for too long");
  if (due == Due::kill) kill(child_, SIGKILL);
}

void Keeper::doom(const char* why) {
  if (doomed_) return;
  doomed_ = true;
  fmt::print(stderr, "encluster-agent: {}: lost, {}; ending the command\n", title(command_.port),
             why);
  // Told that it is lost, the command gets the usual time to end, but not until the fence.
  validity_.until = std::min(validity_.until, BootClock::now() + kTerminateBefore);
  kill(child_, SIGTERM);
  kill(child_, SIGCONT);
}

void Keeper::read_signals() {
  signalfd_siginfo info{};
  while (read(signals_.get(), &info, sizeof(info)) == sizeof(info)) {
    const int number = static_cast<int>(info.ssi_signo);
    if (number == SIGCHLD) {
      const auto status = child_ < 0 ? std::nullopt : exit_status(child_);
      if (status) status_ = doomed_ ? kInUse : *status;
    } else if (child_ < 0) {
      status_ = kSignalled + number;
    } else if (info.ssi_code != SI_KERNEL && !status_) {
      // What a terminal sends, the kernel has sent to the command as well.
      kill(child_, number);
    }
  }
}

void Keeper::fail(int status, const std::string& text) {
  fmt::print(stderr, "encluster-agent: {}: {}\n", title(command_.port), text);
  status_ = status;
}

}  // namespace encluster::agent
