// Calls a function that blocks, without letting anybody wait.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <chrono>
#include <functional>
#include <utility>

namespace encluster::agent {

/// The function runs on a thread of its own, which the destructor waits for; what it returns is
/// told on the context's.
template <typename Result>
class Background {
 public:
  /// @param look must not throw
  /// @param context outlives this object, and does not run after it is gone
  Background(boost::asio::io_context& context, std::function<Result()> look,
             std::function<void(Result)> told)
      : context_(context), timer_(context), look_(std::move(look)), told_(std::move(told)) {}

  /// Calls it once, later; again when it was told.
  void call_after(std::chrono::milliseconds pause) {
    timer_.expires_after(pause);
    timer_.async_wait([this](const boost::system::error_code& error) {
      if (error) return;
      boost::asio::post(thread_, [this] {
        boost::asio::post(context_,
                          [this, result = look_()]() mutable { told_(std::move(result)); });
      });
    });
  }

 private:
  boost::asio::io_context& context_;
  boost::asio::steady_timer timer_;
  const std::function<Result()> look_;
  const std::function<void(Result)> told_;
  boost::asio::thread_pool thread_{1};  ///< the last member: joined before the others are gone
};

}  // namespace encluster::agent
