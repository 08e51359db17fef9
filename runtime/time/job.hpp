#pragma once

#include <cstddef>
#include <memory>
#include <utility>

namespace camfleet::timing {

/// Something to be done, which may own what cannot be copied, as std::function may not.
template <class... Args>
class Job {
 public:
  Job() = default;
  Job(std::nullptr_t) {}  // NOLINT(google-explicit-constructor): as of a function.
  template <class Work>
  requires requires(Work work, Args... args) { work(args...); }
  Job(Work work)  // NOLINT(google-explicit-constructor): as of a function.
      : held_(std::make_unique<Held<Work>>(std::move(work))) {}

  void operator()(Args... args) { held_->run(args...); }
  explicit operator bool() const { return held_ != nullptr; }

 private:
  struct Base {
    Base() = default;
    virtual ~Base() = default;
    Base(const Base&) = delete;
    Base& operator=(const Base&) = delete;
    virtual void run(Args... args) = 0;
  };
  template <class Work>
  struct Held final : Base {
    explicit Held(Work what) : work(std::move(what)) {}
    void run(Args... args) override { work(args...); }
    Work work;
  };

  std::unique_ptr<Base> held_;
};

}  // namespace camfleet::timing
