#pragma once

#include <algorithm>
#include <cassert>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "actors/machines/kept_slices.hpp"
#include "runtime/caf/link_actors.hpp"
#include "runtime/cluster/asked_times.hpp"
#include "runtime/cluster/clock_follower.hpp"
#include "runtime/cluster/device_troubles.hpp"
#include "runtime/cluster/former_slices.hpp"
#include "runtime/cluster/held_records.hpp"
#include "runtime/cluster/node_books.hpp"
#include "runtime/cluster/node_end.hpp"
#include "runtime/cluster/outbox.hpp"
#include "runtime/cluster/said_lately.hpp"
#include "runtime/media/secrets.hpp"

namespace camfleet::cluster {

class NodeEnd::Impl final : public shells::Border {
 public:
  Impl(const Settings& settings, const Parts& parts)
      : settings_(settings),
        parts_(parts),
        kept_([this](const SliceKey& key) { forget_ended(key); }),
        former_(parts_.former, [this](const EndedSlice& slice) {
          if (parts_.forgotten) parts_.forgotten(slice);
        }) {
    for (const std::string& id : settings.algorithms) books_.roster().add_algorithm(id).value();
  }
  ~Impl() override {
    // First nothing comes any more, then nothing goes, then nothing works.
    hang_up();
    if (world_) world_->shut_down();
  }

  /// Once more after the connection has ended: what works goes on.
  result<void> join(const link::OwnKeys& keys) {
    hang_up();
    CAMFLEET_TRY(call_, link::Call::make(settings_.call, keys, [this](const std::string& why) { end(why); }));
    links_ = std::make_unique<shells::LinkActors>(
        shells::LinkActors::Hooks{.received = [this](auto, auto bytes) { receive(bytes); },
                                  .strange = [this](auto, const auto& why) { end(why); },
                                  .take = [this](auto) { return take(); }});
    CAMFLEET_CHECK(links_->find(the_connection, call_->socket(), settings_.welcome_time));
    if (parts_.load) settings_.hello.load = parts_.load();
    std::unique_lock lock(mutex_);
    said_hello_ = Clock::now();
    if (outbox_.add(settings_.hello)) links_->wake(the_connection);
    changed_.wait_for(lock, std::chrono::nanoseconds(settings_.welcome_time),
                      [this] { return is_answered_ || refusal_ || has_ended_; });
    if (refusal_) return fail(refusal_->is_final ? Errc::forbidden : Errc::limit, "scheduler", refusal_->why);
    if (has_ended_) return fail(is_other_ ? Errc::unknown_id : Errc::ended, "scheduler", why_);
    if (!is_answered_) return fail(Errc::timed_out, "scheduler", "does not answer who has said hello");
    return success();
  }

  void note_refused() {
    if (world_) deliver(actor(own_node), Disconnected{{}, true});
  }

  void drain() { deliver(actor(own_node), LeaveCluster{}); }
  bool is_draining() {
    const std::lock_guard lock(mutex_);
    return is_draining_;
  }
  bool is_drained() {
    const bool is_through = books_.slice_count() == 0;
    const std::lock_guard lock(mutex_);
    if (!is_draining_ || !is_through || !held_.is_empty()) {
      through_at_.reset();
      return false;
    }
    // The answer to a heartbeat says that all that was told before has come.
    if (!through_at_) through_at_ = Clock::now();
    return last_asked_ > *through_at_;
  }

  bool wait(Duration most) {
    std::unique_lock lock(mutex_);
    if (is_answered_ && Clock::now() - last_answer_ > scheduler_silence)
      fall_silent("the scheduler was not heard of for 5 s");
    return changed_.wait_for(lock, std::chrono::nanoseconds(most), [this] { return has_ended_; });
  }
  std::string why() {
    const std::lock_guard lock(mutex_);
    return why_;
  }
  Welcome welcome() {
    const std::lock_guard lock(mutex_);
    return welcome_;
  }
  void durable(std::uint64_t number) {
    const std::lock_guard lock(mutex_);
    held_.release(number, [this](const Record& record) { post(record); });
  }

  void tell(const Error& error) { tell_trouble(error, std::nullopt, Reason::none, false); }

  void send(ActorId to, const Message& message) override {
    std::visit([&](const auto& one) { say(to, one); }, message);
  }

 private:
  using Clock = std::chrono::steady_clock;
  /// A node has one connection.
  static constexpr std::uint64_t the_connection = 1;
  /// After which a connection is given up, though nobody has closed it: well beyond a lease.
  static constexpr std::chrono::seconds scheduler_silence{5};

  void end(const std::string& why) {
    const std::lock_guard lock(mutex_);
    fall_silent(why);
  }
  void fall_silent(const std::string& why) {
    if (std::exchange(has_ended_, true)) return;
    why_ = why;
    if (std::exchange(is_answered_, false)) deliver(actor(own_node), Disconnected{term_, false});
    kept_.disown();
    held_.clear();
    changed_.notify_all();
  }
  /// As if nobody had been called.
  void hang_up() {
    call_.reset();
    {
      const std::lock_guard lock(mutex_);
      fall_silent("it is called anew");
    }
    links_.reset();
    const std::lock_guard lock(mutex_);
    has_ended_ = is_answered_ = is_other_ = false;
    refusal_.reset();
    outbox_.clear();
  }

  // To the scheduler.

  void put(const Record& record) {
    const std::lock_guard lock(mutex_);
    post(record);
  }
  /// Once the findings that it may count are durable; in order with others of its kind. The mutex is held;
  /// this and the next.
  void put_account(const Record& record) {
    if (!is_answered_) return;
    held_.add(record, [this](const Record& one) { post(one); });
    if (held_.is_full()) fall_silent("the disk does not keep up with what is found");
  }
  void post(const Record& record) {
    if (!is_answered_) return;
    if (outbox_.add(record)) links_->wake(the_connection);
    if (outbox_.is_full()) fall_silent("the scheduler does not take what it is sent");
  }
  std::string take() {
    const std::lock_guard lock(mutex_);
    return outbox_.take();
  }
  template <class M>
  void say(ActorId to, const M& message) {
    if constexpr (std::is_same_v<M, SliceAccount> || std::is_same_v<M, SliceProgress> ||
                  std::is_same_v<M, SliceDone>) {
      const InstanceIx own{to.number};
      bool is_over = std::is_same_v<M, SliceDone>;
      if constexpr (std::is_same_v<M, SliceProgress>) is_over = message.has_left;
      if (is_over) {
        const auto key = key_of(own, message.slice);
        if (key && books_.drop_slice(*key)) world_->plant().drop_slice(*key);
      }
      tell(own, message);
    } else if constexpr (std::is_same_v<M, NodeJoined>) {
      note_asked(message.sent_at);
      // Whatever ran before was dropped, and what it came to is nobody's any more.
      if (!message.keeps) {
        fence_all();
        const std::lock_guard lock(mutex_);
        kept_.disown();
        held_.clear();
        forget_former();
      }
      const std::lock_guard lock(mutex_);
      term_ = message.term;
      if (is_answered_) post(Joined{message.term, message.sent_at});
    } else if constexpr (std::is_same_v<M, Heartbeat>) {
      note_asked(message.sent_at);
      put(Beat{message.term, message.sent_at, load()});
    } else if constexpr (std::is_same_v<M, KeptDevice>) {
      put(KeptDeviceName{books_.roster()[message.device].id});
    } else if constexpr (std::is_same_v<M, DrainNode>) {
      put(Drain{});
    } else if constexpr (std::is_same_v<M, KeptTold>) {
      tell_kept(message.has_kept);
    } else {
      assert(!"nobody is told that");
    }
  }

  /// What a device says of a slice, once more.
  template <class M>
  void tell(InstanceIx own, const M& message) {
    const std::lock_guard lock(mutex_);
    const auto said = kept_.note(own, message);
    // It is kept before it is told.
    if constexpr (std::is_same_v<M, SliceDone>) keep_ended(own, message.slice);
    if (said) say_now(own, *said);
  }
  void keep_ended(InstanceIx own, SliceIx name);
  void forget_ended(const SliceKey& key) {
    if (parts_.forgotten) parts_.forgotten(called(key));
  }
  [[nodiscard]] EndedSlice called(const SliceKey& key) const {
    const Roster& roster = books_.roster();
    return {roster[key.instance].id, roster[key.device].id, key.due_at};
  }
  /// The mutex is held; this and the next.
  template <class M>
  void say_now(InstanceIx own, const M& message) {
    if (const auto theirs = books_.theirs(own)) put_account(ToInstance<M>{*theirs, message});
  }
  /// Devices that the agent has not been told of may have begun something, too.
  void fence_all() {
    std::set<DeviceIx> devices;
    for (const SliceKey& key : books_.take_slices()) {
      world_->plant().drop_slice(key);
      devices.insert(key.device);
    }
    for (const DeviceIx device : devices) deliver(actor(device), Fence{});
  }
  /// What was said before the scheduler heard of this life of the node is for the one before, which has given
  /// it up.
  [[nodiscard]] bool is_for_this_life() {
    const std::lock_guard lock(mutex_);
    return heard_term_ == term_;
  }
  void forget_former() {
    kept_.forget_former([this](const SliceKey& key) {
      if (books_.drop_slice(key)) world_->plant().drop_slice(key);
    });
  }
  void tell_kept(bool has_kept) {
    const std::lock_guard lock(mutex_);
    if (!has_kept) forget_former();
    const Roster& roster = books_.roster();
    kept_.tell(
        home_place,
        [&](const KeptSlice& kept) {
          post(KeptSliceName{roster[kept.instance].id, roster[kept.device].id, kept.slice_due_at, kept.due_at,
                             kept.slice});
        },
        [&](DeviceIx device, const RenameSlice& message) { deliver(actor(device), message); });
    former_.tell([this](const KeptSliceName& name) { post(name); });
    post(AllKept{});
  }
  [[nodiscard]] std::optional<SliceKey> key_of(InstanceIx own, SliceIx name) {
    const std::lock_guard lock(mutex_);
    return kept_.key_of(own, name);
  }

  // From the scheduler, on one thread.

  void receive(std::string_view bytes);
  [[nodiscard]] bool is_answered();
  result<void> hear(const Welcome& welcome);
  /// A scheduler has begun since, or the connection to the same one.
  result<void> hear_again(const Welcome& welcome, Instant now);
  void answered(const Welcome& welcome);
  result<void> hear(const Refusal& refusal);
  result<void> hear(const DeviceText& text);
  result<void> hear(const InstanceText& text);
  result<void> hear(const InstanceGone& gone);
  template <class M>
  result<void> hear(const ToDevice<M>& record);
  template <class M>
  void say_again(InstanceIx own, const M& message);
  /// A slice that has ended in an earlier life is called so. False: it is not here.
  bool say_former(const ToDevice<RenameSlice>& record, DeviceIx device, InstanceIx instance);
  /// Its devices' numbers are known to the scheduler: it is told what nobody was there to hear.
  void tell_rest(DeviceIx device);
  result<void> hear(const SliceStored& stored);
  result<void> hear(const Unwanted& unwanted);
  result<void> hear(const Carry& carry);
  result<void> hear(const Heard& heard);
  result<void> hear(const StopNode& stop);
  result<void> hear(const DrainSeen& seen);
  template <class R>
  result<void> hear(const R& /*record*/);
  void deliver(ActorId to, const Message& message);
  /// Whether its number may be another's.
  bool forget_device(DeviceIx device);

  // How it does.

  void tell_trouble(const Error& error, std::optional<DeviceIx> device, Reason reason, bool ends_stream) {
    NodeTrouble trouble{.reason = reason, .ends_stream = ends_stream, .code = error.code};
    trouble.where = media::redacted_message(error.where).substr(0, NodeTrouble::most_text);
    trouble.what = media::redacted_message(error.what).substr(0, NodeTrouble::most_text);
    const std::string said = (device ? std::to_string(device->value) + " " : "") + error.line();
    const std::lock_guard lock(mutex_);
    if (!device) {
      if (said_.is_due(said, Clock::now())) post(trouble);
      return;
    }
    trouble.of_device = true;
    trouble.at = world_->now();
    const auto theirs = books_.theirs(*device);
    const bool is_told = theirs && is_answered_;
    if (is_told && said_.is_due(said, Clock::now())) {
      trouble.device = *theirs;
      post(trouble);
    }
    // Later its stream may be up again.
    trouble.ends_stream = false;
    troubles_.note(*device, trouble, is_told);
  }
  void tell_stream(DeviceIx device, bool is_up) {
    if (const auto theirs = books_.theirs(device)) put(StreamNews{*theirs, is_up});
  }
  [[nodiscard]] NodeLoad load() {
    NodeLoad load = parts_.load ? parts_.load() : NodeLoad{};
    load.streams = static_cast<std::uint32_t>(world_->plant().streams_open());
    load.slices = books_.slice_count();
    const std::lock_guard lock(mutex_);
    load.round_trip = round_trip_;
    return load;
  }

  // The scheduler's time.

  void note_asked(Instant sent_at) {
    const std::lock_guard lock(mutex_);
    asked_.add(sent_at, Clock::now());
  }
  void follow(const Heard& heard) {
    const Clock::time_point now = Clock::now();
    std::optional<Clock::time_point> asked;
    Duration since{0};
    {
      const std::lock_guard lock(mutex_);
      asked = asked_.find(heard.message.sent_at);
      if (asked) {
        round_trip_ = now - *asked;
        last_asked_ = std::max(last_asked_, *asked);
      }
      since = now - std::exchange(last_answer_, now);
    }
    if (!asked) return;
    world_->move_time(follower_->step(now - *asked, world_->now(), heard.now, since));
  }

  Settings settings_;
  Parts parts_;
  plant::ProblemLog problems_{[this](const Error& error, const plant::ProblemSubject& about) {
    parts_.problems->add(error, about);
    // What is of a device was told with the reason for it.
    if (!about.device) tell_trouble(error, std::nullopt, Reason::none, false);
  }};
  NodeBooks books_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool is_answered_ = false;  ///< there is a connection over which the scheduler has welcomed this node
  bool has_ended_ = false;    ///< the latest connection has
  std::string why_;
  bool is_other_ = false;                ///< whoever was called has no use for what works here
  Instant term_{};                       ///< in which the agent has joined
  Instant heard_term_ = Instant::min();  ///< of which the scheduler has heard
  KeptSlices kept_;
  FormerSlices former_;
  DeviceTroubles troubles_;
  std::optional<Refusal> refusal_;
  Outbox outbox_;
  Welcome welcome_;
  HeldRecords held_;
  SaidLately said_;
  AskedTimes asked_;
  Duration round_trip_{0};
  Clock::time_point said_hello_;
  Clock::time_point last_answer_;
  Clock::time_point last_asked_;  ///< when the latest heartbeat was sent that was answered
  bool is_draining_ = false;
  std::optional<Clock::time_point> through_at_;  ///< when nothing ran here any more
  std::optional<ClockFollower> follower_;
  std::unique_ptr<world::RealWorld> world_;
  std::unique_ptr<link::Call> call_;
  std::unique_ptr<shells::LinkActors> links_;
};

}  // namespace camfleet::cluster
