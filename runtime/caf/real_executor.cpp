#include "runtime/caf/real_executor.hpp"

#include <chrono>
#include <utility>

#include "runtime/bus/local_bus.hpp"
#include "runtime/caf/actors.hpp"
#include "runtime/caf/patient_sharing.hpp"
#include "runtime/caf/types.hpp"

namespace camfleet::shells {
namespace {

/// Messages that an actor handles before it yields its thread: without a bound one that is busy starves the
/// others.
constexpr std::size_t messages_per_turn = 50;

struct SystemConfig : caf::actor_system_config {
  explicit SystemConfig(unsigned threads) {
    shells::add_message_types(*this);
    module_factories.emplace_back([](caf::actor_system& system) -> caf::actor_system::module* {
      return new caf::scheduler::coordinator<PatientSharing>(system);
    });
    set("scheduler.max-threads", threads);
    set("scheduler.max-throughput", messages_per_turn);
  }
};

/// For those who keep leases: real time, which no speed stretches.
class LeasePost final : public Post {
 public:
  explicit LeasePost(Post& usual) : usual_(&usual), time_(machine_time(), {}, 1) {}
  void go() {
    time_.go([this](ActorId owner, TimerTag tag) { usual_->send(owner, owner, TimerFired{tag}); });
  }
  void stop() { time_.stop(); }

  [[nodiscard]] Instant now() const override { return time_.now(); }
  [[nodiscard]] Instant steady_now() const override { return time_.steady_now(); }
  void send(ActorId from, ActorId to, const Message& message) override { usual_->send(from, to, message); }
  TimerId set_timer(ActorId owner, Instant at, TimerTag tag) override { return time_.set(owner, at, tag); }
  TimerId set_timer_after(ActorId owner, Duration span, TimerTag tag) override {
    return time_.set_after(owner, span, tag);
  }
  void cancel_timer(TimerId timer) override { time_.cancel(timer); }
  timing::WorkToken take_over() override { return usual_->take_over(); }

 private:
  /// Of the machine's steady clock, so that no two begin at the same.
  static Instant machine_time() { return Instant(std::chrono::steady_clock::now().time_since_epoch()); }

  Post* usual_;
  timing::Timekeeper time_;
};

}  // namespace

class RealExecutor::Impl final : public Post {
 public:
  Impl(const Roster& roster, timing::Timekeeper& time, const ActorSettings& settings, ShellHooks hooks,
       unsigned threads, Border* border)
      : roster_(&roster),
        time_(&time),
        settings_(settings),
        hooks_(std::move(hooks)),
        border_(border),
        config_(threads),
        system_(config_),
        leases_(*this) {}

  void start_empty(PlantPort& plant) {
    actors_.emplace(system_, *roster_, *this, leases_, plant, settings_, hooks_);
    actors_->spawn();
    bus_.emplace(1, [this](AnalyzerIx analyzer) { actors_->tell(analyzer); });
    time_->go([this](ActorId owner, TimerTag tag) { deliver(owner, TimerFired{tag}); });
    if (settings_.role != Role::whole) leases_.go();
  }

  void add_all() {
    // As one piece of work: at full speed time would pass between the first and the last.
    const auto whole = time_->work();
    for (std::uint32_t i = 0; i < roster_->instance_count(); ++i)
      deliver(the_scheduler, AddInstance{InstanceIx{i}});
  }

  void add(const AddInstance& added, std::span<const RecallSlice> recalled) {
    actors_->spawn_added();
    for (const RecallSlice& slice : recalled) deliver(actor(added.instance), slice);
    deliver(the_scheduler, added);
  }

  void release(DeviceIx device) {
    // One that no instance was added with has no actor yet.
    actors_->spawn_added();
    deliver(actor(device), DeviceReleased{});
  }

  void stop_instances() {
    for (std::uint32_t i = 0; i < roster_->instance_count(); ++i)
      deliver(the_scheduler, RemoveInstance{InstanceIx{i}});
  }

  void make_actors() { actors_->spawn_added(); }

  void deliver(ActorId to, const Message& message) {
    if (!actors_->has(to)) return border_->send(to, message);
    time_->work().leave();
    if (const auto* sample = std::get_if<Sample>(&message)) {
      bus_->send(to, *sample);
    } else {
      actors_->deliver(to, message);
    }
  }

  void shut_down() {
    time_->stop();
    leases_.stop();
    if (actors_) actors_->kill();
    system_.await_all_actors_done();
  }

  [[nodiscard]] Instant now() const override { return time_->now(); }
  [[nodiscard]] Instant steady_now() const override { return time_->steady_now(); }
  void send(ActorId /*from*/, ActorId to, const Message& message) override { deliver(to, message); }
  TimerId set_timer(ActorId owner, Instant at, TimerTag tag) override { return time_->set(owner, at, tag); }
  TimerId set_timer_after(ActorId owner, Duration span, TimerTag tag) override {
    return time_->set_after(owner, span, tag);
  }
  void cancel_timer(TimerId timer) override { time_->cancel(timer); }
  timing::WorkToken take_over() override { return time_->take_over(); }
  std::size_t take_samples(ActorId self, std::span<Sample> into) override {
    return bus_->take(AnalyzerIx{self.number}, into);
  }

 private:
  const Roster* roster_;
  timing::Timekeeper* time_;
  ActorSettings settings_;
  ShellHooks hooks_;
  Border* border_;
  SystemConfig config_;
  caf::actor_system system_;
  LeasePost leases_;
  std::optional<bus::LocalBus> bus_;
  std::optional<Actors> actors_;
};

RealExecutor::RealExecutor(const Roster& roster, timing::Timekeeper& time, const ActorSettings& settings,
                           ShellHooks hooks, unsigned threads, Border* border)
    : impl_(std::make_unique<Impl>(roster, time, settings, std::move(hooks), threads, border)) {}

RealExecutor::~RealExecutor() {
  shut_down();
}

void RealExecutor::start(PlantPort& plant) {
  impl_->start_empty(plant);
  impl_->add_all();
}
void RealExecutor::start_empty(PlantPort& plant) {
  impl_->start_empty(plant);
}
void RealExecutor::add(const AddInstance& restarted, std::span<const RecallSlice> recalled) {
  impl_->add(restarted, recalled);
}
void RealExecutor::remove(InstanceIx ix) {
  impl_->deliver(the_scheduler, RemoveInstance{ix});
}
void RealExecutor::release(DeviceIx device) {
  impl_->release(device);
}
void RealExecutor::make_actors() {
  impl_->make_actors();
}
void RealExecutor::stop_instances() {
  impl_->stop_instances();
}
void RealExecutor::deliver(ActorId to, const Message& message) {
  impl_->deliver(to, message);
}
void RealExecutor::shut_down() {
  impl_->shut_down();
}

}  // namespace camfleet::shells
