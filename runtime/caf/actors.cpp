#include "runtime/caf/actors.hpp"

#include <cassert>
#include <utility>

namespace camfleet::shells {

Actors::Actors(caf::actor_system& system, const Roster& roster, Post& post, PlantPort& plant,
               ActorSettings settings, ShellHooks hooks)
    : system_(&system),
      roster_(&roster),
      settings_(std::move(settings)),
      hooks_(std::move(hooks)),
      parts_{&post, &plant, &hooks_, settings_.seed} {}

void Actors::spawn() {
  schedulers_.add(*system_, the_scheduler, Scheduler(*roster_, settings_.until), parts_);
  analyzers_.add(*system_, actor(AnalyzerIx{0}), Analyzer(AnalyzerIx{0}, settings_.analyzer), parts_);
  spawn_added();
}

void Actors::spawn_added() {
  while (devices_.size() < roster_->device_count()) {
    const DeviceIx ix{devices_.size()};
    devices_.add(*system_, actor(ix), Device(ix, (*roster_)[ix].kind, AnalyzerIx{0}, settings_.device),
                 parts_);
  }
  while (instances_.size() < roster_->instance_count()) {
    const InstanceIx ix{instances_.size()};
    instances_.add(*system_, actor(ix), Instance(ix, *roster_, settings_.node), parts_);
  }
}

template <class Machine, class M>
void Actors::put(const Crew<Machine>& crew, ActorId to, const M& message) {
  if constexpr (MessagesOf<Machine>::template has<M>) {
    crew.send(to.number, message);
  } else {
    assert(!"a message for an actor that does not take it");
  }
}

void Actors::deliver(ActorId to, const Message& message) const {
  std::visit(
      [&](const auto& content) {
        switch (to.kind) {
          case ActorKind::scheduler:
            return put(schedulers_, to, content);
          case ActorKind::instance:
            return put(instances_, to, content);
          case ActorKind::device:
            return put(devices_, to, content);
          case ActorKind::analyzer:
            return put(analyzers_, to, content);
          case ActorKind::plant:
          case ActorKind::placement:
          case ActorKind::node:
          case ActorKind::membership:
            break;
        }
        assert(!"one process has no placement, and the plant no mailbox");
      },
      message);
}

void Actors::tell(AnalyzerIx analyzer) const {
  analyzers_.send(analyzer.value, SamplesWait{});
}

void Actors::kill() {
  if (std::exchange(killed_, true)) return;
  schedulers_.kill();
  instances_.kill();
  devices_.kill();
  analyzers_.kill();
}

}  // namespace camfleet::shells
