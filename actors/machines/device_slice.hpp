#pragma once

#include <algorithm>
#include <cstdint>
#include <string>

#include "actors/base/ids.hpp"
#include "actors/base/time.hpp"
#include "actors/ledger/account_list.hpp"
#include "actors/ledger/outcome.hpp"
#include "actors/machines/account_message.hpp"
#include "actors/machines/protocol.hpp"
#include "actors/machines/sample_plan.hpp"

namespace camfleet {

/// A slice at its device: what it owes, what became of that, and what it waits for.
class DeviceSlice {
 public:
  DeviceSlice() = default;
  explicit DeviceSlice(const BeginSlice& begun);

  /// Whether a CancelSlice or LeaveSlice is about it.
  template <class M>
  [[nodiscard]] bool is(const M& message) const {
    return instance == message.instance && name == message.slice;
  }
  /// True when it is that one, which has another name then.
  bool rename(const RenameSlice& message) {
    if (instance != message.instance || name != message.was) return false;
    name = message.slice;
    return true;
  }
  /// What it waits for, in words.
  [[nodiscard]] std::string wait() const;
  /// Whether it waits for the frame of just this sample.
  [[nodiscard]] bool awaits(std::uint32_t sample) const { return is_reading && plan.next() == sample; }
  /// Whether it may read on while at most `credit` samples of it are at the analyzer.
  [[nodiscard]] bool has_credit(std::uint32_t credit) const { return outstanding < credit * accounts.size(); }
  /// Nothing is read any more.
  [[nodiscard]] bool is_done() const { return has_ended || plan.is_through(); }
  /// Nothing is awaited either.
  [[nodiscard]] bool is_through() const { return outstanding == 0 && !is_reading; }
  /// Why no sample was delivered: for `fault_of_stream`, unless it began late for a reason of its own.
  [[nodiscard]] Reason late_or(Reason fault_of_stream) const {
    return !has_started && late != Reason::late_start ? late : fault_of_stream;
  }

  /// The next sample is dropped.
  void drop_next(Reason reason);
  /// The next sample has no frame, of every frame: the next one.
  void lose_next(Reason reason);
  /// The frame of the next sample has come, `offset` after the slice was due, and goes to the analyzer once
  /// for each algorithm; false when it lies past the end.
  bool take(Duration offset, Duration interval, Duration media_time, Instant now);
  /// An answer of the analyzer.
  void count(const SampleDone& message);
  /// A slice without an end ends now.
  void end_endless(Instant now);
  /// Nothing more is read. `why` is what open samples are dropped for, unless none.
  void end(Reason why);
  /// Drops what is open, and says what became of it. `reason` is why nothing was delivered, where no sample
  /// tells.
  SliceDone close(Reason reason, std::uint8_t lead_s, Place from, Instant now);

  /// Sends its accounts to its instance, as those of the place `from`.
  template <class Context>
  void tell_accounts(Place from, Context& context) const {
    for (std::size_t i = 0; i < accounts.size(); ++i) {
      AlgorithmAccount account = accounts[i];
      // One without an end owes as many as there were, until it ends.
      account.due = std::max(account.due, static_cast<std::uint32_t>(account.accounted()));
      tell_account(name, from, static_cast<std::uint8_t>(i), account,
                   [&](const SliceAccount& message) { context.send(actor(instance), message); });
    }
  }
  /// Says how far it has come, once a second, where another node may have to go on with it.
  template <class Context>
  void tell_progress(Place from, Context& context) {
    if (!tells_progress || has_ended || context.steady_now() < told_at + seconds(1)) return;
    told_at = context.steady_now();
    tell_accounts(from, context);
    tell_how_far(false, from, context);
  }
  /// Nothing is awaited any more of a slice that goes on elsewhere: says how far it has come.
  template <class Context>
  void tell_left(Place from, Context& context) const {
    tell_accounts(from, context);
    tell_how_far(true, from, context);
  }
  /// Whether it can go on elsewhere now.
  [[nodiscard]] bool can_leave() const { return is_leaving && outstanding == 0 && !has_ended; }

  // What each sample needs comes first.
  SamplePlan plan;
  InstanceIx instance;
  std::uint32_t outstanding = 0;     ///< answers that the analyzer owes
  Reason late = Reason::late_start;  ///< why samples have passed before it began
  Reason fault = Reason::none;       ///< why samples are open at its end
  bool tells_progress = false;
  bool is_reading = false;
  bool is_held_back = false;  ///< the analyzer's answers are awaited before the next read
  bool asked_late = false;    ///< the read under way was held back beyond its sample's instant
  bool has_started = false;
  bool has_ended = false;
  bool is_leaving = false;           ///< it goes on elsewhere as soon as nothing of it is at the analyzer
  Duration observed{0};              ///< how much of it was delivered
  Instant slice_due_at{};            ///< also of one that has moved
  AccountList accounts;              ///< one for each algorithm
  SliceIx name;                      ///< as the instance has it
  Instant started_at{};              ///< by the first frame
  Instant told_at = Instant::min();  ///< when its progress was told last, of the steady time

 private:
  template <class Context>
  void tell_how_far(bool has_left, Place from, Context& context) const {
    context.send(actor(instance), SliceProgress{.slice = name,
                                                .started = has_started,
                                                .has_left = has_left,
                                                .from = from,
                                                .started_at = started_at,
                                                .observed = observed});
  }
};

/// Has a frame analysed for each algorithm; `taken` is when it was filmed, of footage its place.
template <class Context>
void send_samples(const DeviceSlice& slice, Sample sample, ActorId analyzer, Context& context) {
  for (; sample.algorithm < slice.accounts.size(); ++sample.algorithm) {
    if (sample.algorithm > 0) context.plant().retain(sample.frame);
    context.send(analyzer, sample);
  }
}

}  // namespace camfleet
