#include "runtime/api/reply_stream.hpp"

#include <utility>

namespace camfleet::api {

bool ReplyStream::write(std::string_view piece) {
  const std::lock_guard lock(mutex_);
  if (state_ != State::open) return false;
  if (waiting_.size() + piece.size() > most_waiting_) {
    set(State::cut_off);
    return false;
  }
  waiting_ += piece;
  if (wake_) wake_();
  return true;
}

void ReplyStream::end() {
  const std::lock_guard lock(mutex_);
  if (state_ == State::open) set(State::ended);
}

void ReplyStream::set(State state) {
  state_ = state;
  if (wake_) wake_();
}

bool ReplyStream::is_over() const {
  const std::lock_guard lock(mutex_);
  return state_ != State::open;
}

void ReplyStream::listen(std::function<void()> wake) {
  const std::lock_guard lock(mutex_);
  wake_ = std::move(wake);
  if (!waiting_.empty() || state_ != State::open) wake_();
}

ReplyStream::Taken ReplyStream::take() {
  const std::lock_guard lock(mutex_);
  return {std::exchange(waiting_, {}), state_ == State::ended, state_ == State::cut_off};
}

void ReplyStream::abandon() {
  const std::lock_guard lock(mutex_);
  state_ = State::abandoned;
  waiting_ = {};
  wake_ = {};
}

}  // namespace camfleet::api
