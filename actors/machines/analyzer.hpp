#pragma once

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "actors/base/ring.hpp"
#include "actors/base/slots.hpp"
#include "actors/machines/executor.hpp"
#include "actors/machines/plant.hpp"
#include "actors/machines/protocol.hpp"

namespace camfleet {

struct AnalyzerSettings {
  std::uint32_t workers = 1;       ///< analyses that run at once
  std::uint32_t queue_limit = 64;  ///< samples that wait; beyond it the oldest live one gives way
};

/// Has samples analysed, a bounded number at once, in the order in which they come. When the queue is full
/// the oldest sample of a live camera gives way and is counted as overload; recorded footage never does: it
/// waits at its device, which has one sample under way per slice, so that the frame pool bounds the queue.
/// For the same reason it waits here while the plant can have nothing written down (Verdict::store_behind).
class Analyzer {
 public:
  /// In the process `place`, as its devices are.
  Analyzer(AnalyzerIx self, const AnalyzerSettings& settings, Place place = home_place)
      : settings_(settings), self_(self), place_(place) {
    assert(settings.workers >= 1 && settings.workers <= max_workers);
  }

  template <class Context>
  void on(const Sample& message, Context& context) {
    if (running_.size() < settings_.workers) {
      start(message, context);
      return;
    }
    queue_.push_back(message);
    if (queue_.size() > settings_.queue_limit) shed(context);
  }

  template <class Context>
  void on(const AnalysisDone& message, Context& context) {
    const std::uint32_t slot = worker_of(message.ticket);
    if (!running_.holds(slot) || ticket_of(slot) != message.ticket) return;
    const Sample sample = running_[slot];
    running_.give_back(slot);
    if (message.verdict == Verdict::store_behind && !sample.may_give_way)
      hold(sample, context);
    else
      answer(sample, message.verdict, context);
    if (queue_.empty()) return;
    start(queue_.take_front(), context);
  }

  /// Footage that was held is tried again.
  template <class Context>
  void on(const TimerFired& /*message*/, Context& context) {
    for (std::size_t left = held_.size(); left > 0; --left) on(held_.take_front(), context);
  }

  /// After a handler failed: every sample here counts as failed, and the actor goes on as if new.
  template <class Context>
  void start_over(Context& context) {
    running_.for_each([&](std::uint32_t slot, const Sample& sample) {
      answer(sample, Verdict::failed, context);
      running_.give_back(slot);
    });
    for (Ring<Sample>* list : {&queue_, &held_}) {
      while (!list->empty()) answer(list->take_front(), Verdict::failed, context);
    }
  }

  [[nodiscard]] std::size_t waiting() const { return queue_.size() + held_.size(); }

 private:
  /// How soon it is asked again whether there is room for what a sample brings.
  static constexpr Duration held_retry = seconds(1);
  static constexpr std::uint32_t max_workers = worker_of(UINT32_MAX);

  /// A slot and how often it was used, so that late answers are recognised.
  [[nodiscard]] std::uint32_t ticket_of(std::uint32_t slot) const {
    return (running_.use(slot) << 16U) | slot;
  }

  template <class Context>
  void start(const Sample& sample, Context& context) {
    const std::uint32_t slot = running_.take(sample);
    context.plant().analyse(self_, ticket_of(slot), sample);
  }

  template <class Context>
  void answer(const Sample& sample, Verdict verdict, Context& context) {
    context.plant().release(sample.frame);
    context.send(at_place(place_, actor(sample.device)),
                 SampleDone{sample.slot, sample.sample, sample.algorithm, verdict});
  }

  template <class Context>
  void hold(const Sample& sample, Context& context) {
    if (held_.empty()) context.set_timer(context.now() + held_retry, {});
    held_.push_back(sample);
  }

  template <class Context>
  void shed(Context& context) {
    for (std::size_t i = 0; i < queue_.size(); ++i) {
      if (queue_[i].may_give_way) return answer(queue_.take(i), Verdict::overload, context);
    }
  }

  AnalyzerSettings settings_;
  AnalyzerIx self_;
  Place place_;
  Slots<Sample> running_;
  Ring<Sample> queue_;
  Ring<Sample> held_;  ///< of footage: nothing could be written down
};

}  // namespace camfleet
