#include "runtime/cluster/node_end.hpp"

#include <cassert>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <utility>

#include "runtime/caf/link_actors.hpp"
#include "runtime/cluster/asked_times.hpp"
#include "runtime/cluster/clock_follower.hpp"
#include "runtime/cluster/held_records.hpp"
#include "runtime/cluster/node_books.hpp"
#include "runtime/cluster/outbox.hpp"
#include "runtime/cluster/said_lately.hpp"
#include "runtime/media/secrets.hpp"

namespace camfleet::cluster {
namespace {

using Clock = std::chrono::steady_clock;
/// A node has one connection.
constexpr std::uint64_t the_connection = 1;
/// After which a connection is given up, though nobody has closed it: well beyond a lease.
constexpr std::chrono::seconds scheduler_silence{5};

}  // namespace

class NodeEnd::Impl final : public shells::Border {
 public:
  Impl(const Settings& settings, const Parts& parts) : settings_(settings), parts_(parts) {
    for (const std::string& id : settings.algorithms) books_.roster().add_algorithm(id).value();
  }
  ~Impl() override {
    // First nothing comes any more, then nothing goes, then nothing works.
    call_.reset();
    {
      const std::lock_guard lock(mutex_);
      is_closed_ = true;
    }
    links_.reset();
    if (world_) world_->shut_down();
  }

  result<void> join(const link::OwnKeys& keys) {
    CAMFLEET_TRY(call_, link::Call::make(settings_.call, keys, [this](const std::string& why) { end(why); }));
    links_ = std::make_unique<shells::LinkActors>(
        shells::LinkActors::Hooks{.received = [this](auto, auto bytes) { receive(bytes); },
                                  .strange = [this](auto, const auto& why) { end(why); },
                                  .take = [this](auto) { return take(); }});
    CAMFLEET_CHECK(links_->find(the_connection, call_->socket(), settings_.welcome_time));
    said_hello_ = Clock::now();
    if (parts_.load) settings_.hello.load = parts_.load();
    put(settings_.hello);
    std::unique_lock lock(mutex_);
    const bool is_answered =
        changed_.wait_for(lock, std::chrono::nanoseconds(settings_.welcome_time),
                          [this] { return world_ != nullptr || refusal_ || has_ended_; });
    if (refusal_) return fail(refusal_->is_final ? Errc::forbidden : Errc::limit, "scheduler", refusal_->why);
    if (has_ended_) return fail(Errc::ended, "scheduler", why_);
    if (!is_answered) return fail(Errc::timed_out, "scheduler", "does not answer who has said hello");
    return success();
  }

  bool wait(Duration most) {
    std::unique_lock lock(mutex_);
    if (world_ != nullptr && Clock::now() - last_answer_ > scheduler_silence)
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
  void end(const std::string& why) {
    const std::lock_guard lock(mutex_);
    fall_silent(why);
  }
  void fall_silent(const std::string& why) {
    if (std::exchange(has_ended_, true)) return;
    why_ = why;
    changed_.notify_all();
  }

  // To the scheduler.

  void put(const Record& record) {
    const std::lock_guard lock(mutex_);
    post(record);
  }
  /// Once the findings that it may count are durable; in order with others of its kind.
  void put_account(const Record& record) {
    const std::lock_guard lock(mutex_);
    held_.add(record, [this](const Record& one) { post(one); });
    if (held_.is_full()) fall_silent("the disk does not keep up with what is found");
  }
  /// The mutex is held; this and the next.
  void post(const Record& record) {
    if (is_closed_) return;
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
      if constexpr (std::is_same_v<M, SliceDone>) {
        if (const auto key = books_.take_slice(own, message.slice)) world_->plant().drop_slice(*key);
      }
      if (const auto theirs = books_.theirs(own)) put_account(ToInstance<M>{*theirs, message});
    } else if constexpr (std::is_same_v<M, NodeJoined>) {
      note_asked(message.sent_at);
      // Whatever ran before was dropped, and what it came to is nobody's any more.
      {
        const std::lock_guard lock(mutex_);
        held_.clear();
      }
      for (const SliceKey& key : books_.take_slices()) world_->plant().drop_slice(key);
      put(Joined{message.term, message.sent_at});
    } else if constexpr (std::is_same_v<M, Heartbeat>) {
      note_asked(message.sent_at);
      put(Beat{message.term, message.sent_at, load()});
    } else if constexpr (!std::is_same_v<M, KeptDevice> && !std::is_same_v<M, KeptTold>) {
      // What runs here ends with its connection: nothing was kept.
      assert(!"nobody is told that");
    }
  }

  // From the scheduler, on one thread.

  void receive(std::string_view bytes) {
    const auto records = read_envelope(bytes);
    if (!records.has_value()) return end(records.error().line());
    for (const Record& record : records.value()) {
      const bool is_answer =
          std::holds_alternative<Welcome>(record) || std::holds_alternative<Refusal>(record);
      if (is_answer == (world_ != nullptr)) return end("the scheduler says what it may not say now");
      const result<void> heard = std::visit([&](const auto& one) { return hear(one); }, record);
      if (!heard.has_value()) return end(heard.error().line());
    }
  }

  result<void> hear(const Welcome& welcome) {
    const auto millionths = static_cast<std::int64_t>(welcome.millionths);
    if (millionths < 1 || millionths > most_speed)
      return fail(Errc::corrupt, "welcome", "time cannot pass so fast");
    const Duration way = std::max(Duration(0), Duration(Clock::now() - said_hello_) - welcome.held);
    follower_.emplace(millionths);
    {
      const std::lock_guard lock(mutex_);
      last_answer_ = Clock::now();
    }
    world::RealWorld::Settings settings;
    settings.start = welcome.now + way / 2 * millionths / timing::Speed::real_time;
    settings.speed = timing::Speed{millionths};
    settings.threads = settings_.threads;
    settings.role = shells::Role::node;
    settings.border = this;
    world::RealWorld::Hooks hooks;
    hooks.plant.found = [this](const auto& sample, const auto& frame, const auto& boxes) {
      const std::uint64_t number = parts_.found(books_.roster(), sample, frame, boxes);
      const std::lock_guard lock(mutex_);
      held_.note_found(number);
    };
    hooks.plant.opened = [this](DeviceIx device) { tell_stream(device, true); };
    hooks.plant.reconnecting = [this](DeviceIx device) { tell_stream(device, false); };
    hooks.plant.trouble = [this](const Error& error, DeviceIx device, Reason reason, bool ends_stream) {
      tell_trouble(error, device, reason, ends_stream);
    };
    auto world = std::make_unique<world::RealWorld>(
        settings,
        world::RealWorld::Parts{&books_.roster(), parts_.sources, parts_.engines, &books_.ledger(),
                                &problems_},
        std::move(hooks));
    world->start_empty();
    {
      const std::lock_guard lock(mutex_);
      welcome_ = welcome;
      world_ = std::move(world);
      changed_.notify_all();
    }
    deliver(actor(own_node), StartNode{});
    return success();
  }
  result<void> hear(const Refusal& refusal) {
    const std::lock_guard lock(mutex_);
    refusal_ = refusal;
    changed_.notify_all();
    return success();
  }
  result<void> hear(const DeviceText& text) {
    const auto forget = [this](DeviceIx device) { return forget_device(device); };
    CAMFLEET_CHECK(books_.add(text, forget));
    world_->executor().make_actors();
    return success();
  }
  result<void> hear(const InstanceText& text) { return books_.add(text); }
  result<void> hear(const InstanceGone& gone) {
    const auto own = books_.own(gone.instance);
    if (own) world_->plant().instance_ended(*own);
    for (const SliceKey& key :
         books_.remove(gone.instance, [this](InstanceIx ix) { return !world_->plant().is_looked_at(ix); }))
      world_->plant().drop_slice(key);
    return success();
  }
  template <class M>
  result<void> hear(const ToDevice<M>& record) {
    const auto device = books_.own(record.device);
    if (!device) return unknown("device", record.device.value);
    if constexpr (std::is_same_v<M, DeviceReleased>) {
      books_.remove(record.device, [this](DeviceIx own) { return forget_device(own); });
    } else {
      M message = record.message;
      const auto instance = books_.own(message.instance);
      if (!instance) return unknown("instance", message.instance.value);
      message.instance = *instance;
      if constexpr (std::is_same_v<M, BeginSlice>) {
        const SliceKey key{*instance, *device, message.slice_due_at};
        if (message.algorithms != books_.roster()[*instance].algorithms.size() || message.spf_s == 0)
          return fail(Errc::corrupt, "slice", "is of another instance than that which it names");
        books_.add_slice(message.slice, key);
        world_->plant().carry_slice(key);
      }
      deliver(actor(*device), message);
    }
    return success();
  }
  result<void> hear(const Carry& carry) {
    const auto device = books_.own(carry.device);
    if (!device) return unknown("device", carry.device.value);
    deliver(actor(own_node), CarryDevice{*device});
    return success();
  }
  result<void> hear(const Heard& heard) {
    follow(heard);
    deliver(actor(own_node), heard.message);
    return success();
  }
  result<void> hear(const StopNode& stop) {
    deliver(actor(own_node), stop);
    return success();
  }
  template <class R>
  result<void> hear(const R& /*record*/) {
    return fail(Errc::corrupt, "scheduler", "says what nodes say");
  }

  static result<void> unknown(const char* what, std::uint32_t number) {
    return fail(Errc::corrupt, std::string(what) + " " + std::to_string(number), "was not described before");
  }
  void deliver(ActorId to, const Message& message) { world_->executor().deliver(to, message); }

  /// Whether its number may be another's.
  bool forget_device(DeviceIx device) {
    if (!world_->plant().forget(device)) return false;
    world_->executor().release(device);
    return true;
  }

  // How it does.

  void tell_trouble(const Error& error, std::optional<DeviceIx> device, Reason reason, bool ends_stream) {
    NodeTrouble trouble{.reason = reason, .ends_stream = ends_stream, .code = error.code};
    trouble.where = media::redacted_message(error.where).substr(0, NodeTrouble::most_text);
    trouble.what = media::redacted_message(error.what).substr(0, NodeTrouble::most_text);
    if (device) {
      const auto theirs = books_.theirs(*device);
      if (!theirs) return;
      trouble.of_device = true;
      trouble.device = *theirs;
    }
    const std::string said = (device ? std::to_string(device->value) + " " : "") + error.line();
    const std::lock_guard lock(mutex_);
    if (said_.is_due(said, Clock::now())) post(trouble);
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
      if (asked) round_trip_ = now - *asked;
      since = now - std::exchange(last_answer_, now);
    }
    if (!asked) return;
    world_->move_time(follower_->step(now - *asked, world_->now(), heard.now, since));
  }

  static constexpr std::int64_t most_speed = timing::Speed::real_time * 1000;

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
  bool has_ended_ = false;
  bool is_closed_ = false;
  std::string why_;
  std::optional<Refusal> refusal_;
  Outbox outbox_;
  Welcome welcome_;
  HeldRecords held_;
  SaidLately said_;
  AskedTimes asked_;
  Duration round_trip_{0};
  Clock::time_point said_hello_;
  Clock::time_point last_answer_;
  std::optional<ClockFollower> follower_;
  std::unique_ptr<world::RealWorld> world_;
  std::unique_ptr<link::Call> call_;
  std::unique_ptr<shells::LinkActors> links_;
};

NodeEnd::NodeEnd(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
NodeEnd::~NodeEnd() = default;

result<std::unique_ptr<NodeEnd>> NodeEnd::join(const Settings& settings, const link::OwnKeys& keys,
                                               const Parts& parts) {
  auto impl = std::make_unique<Impl>(settings, parts);
  CAMFLEET_CHECK(impl->join(keys));
  return std::unique_ptr<NodeEnd>(new NodeEnd(std::move(impl)));
}

Welcome NodeEnd::welcome() const {
  return impl_->welcome();
}
void NodeEnd::durable(std::uint64_t number) {
  impl_->durable(number);
}
void NodeEnd::tell(const Error& error) {
  impl_->tell(error);
}
bool NodeEnd::wait(Duration most) {
  return impl_->wait(most);
}
std::string NodeEnd::why() const {
  return impl_->why();
}

}  // namespace camfleet::cluster
