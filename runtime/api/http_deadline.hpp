#pragma once

#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>
#include <utility>

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/system/error_code.hpp>

#include "actors/base/time.hpp"

namespace camfleet::api {

/// When what a connection does must have ended, on the one thread of its context.
class HttpDeadline {
 public:
  using Clock = std::chrono::steady_clock;

  /// `longest`: no deadline is further off than the timer looks after it again.
  HttpDeadline(const boost::asio::io_context::executor_type& executor, Duration longest)
      : timer_(executor), longest_(longest) {}

  /// Moves it. The timer is left alone unless it would go off too late: a request that is answered in time
  /// sets none. `late` is called when it has passed, with what `owner` points to, while that is there.
  template <class Owner>
  void set(Duration after, const std::weak_ptr<Owner>& owner) {
    at_ = Clock::now() + after;
    if (at_ < wakes_) watch(owner);
  }
  void clear() { at_ = never; }

 private:
  using Timer = boost::asio::basic_waitable_timer<Clock, boost::asio::wait_traits<Clock>,
                                                  boost::asio::io_context::executor_type>;
  static constexpr Clock::time_point never = Clock::time_point::max();

  template <class Owner>
  void watch(const std::weak_ptr<Owner>& owner) {
    wakes_ = std::min(at_, Clock::now() + longest_);
    timer_.expires_at(wakes_);
    timer_.async_wait([this, owner](const boost::system::error_code& error) {
      if (error) return;
      if (const auto held = owner.lock()) wake(held);
    });
  }
  template <class Owner>
  void wake(const std::shared_ptr<Owner>& owner) {
    wakes_ = never;
    if (at_ == never) return;
    if (Clock::now() < at_) return watch(std::weak_ptr<Owner>(owner));
    owner->is_late();
  }

  Timer timer_;
  Duration longest_;
  Clock::time_point at_ = never;
  Clock::time_point wakes_ = never;  ///< when the timer goes off
};

}  // namespace camfleet::api
