#include "runtime/caf/fleet.hpp"

#include <cassert>
#include <utility>

namespace camfleet::shells {

Fleet::Fleet(caf::actor_system& system, const Roster& roster, Post& post, PlantPort& plant,
             FleetSettings settings, ShellHooks hooks)
    : system_(&system),
      roster_(&roster),
      settings_(std::move(settings)),
      hooks_(std::move(hooks)),
      parts_{&post, &plant, &hooks_, settings_.seed} {}

template <class Machine>
ActorOf<Machine> Fleet::spawn_one(ActorId self, Machine machine) {
  return system_->spawn<ShellFor<Machine>, caf::lazy_init>(self, std::move(machine), parts_);
}

void Fleet::spawn() {
  schedulers_.push_back(spawn_one(the_scheduler, Scheduler(*roster_, settings_.until)));
  analyzers_.push_back(spawn_one(actor(AnalyzerIx{0}), Analyzer(AnalyzerIx{0}, settings_.analyzer)));
  spawn_added();
}

void Fleet::spawn_added() {
  for (auto i = static_cast<std::uint32_t>(devices_.size()); i < roster_->device_count(); ++i) {
    const DeviceIx ix{i};
    devices_.push_back(
        spawn_one(actor(ix), Device(ix, (*roster_)[ix].kind, AnalyzerIx{0}, settings_.device)));
  }
  for (auto i = static_cast<std::uint32_t>(instances_.size()); i < roster_->instance_count(); ++i) {
    const InstanceIx ix{i};
    instances_.push_back(spawn_one(actor(ix), Instance(ix, *roster_, settings_.node)));
  }
}

template <class Machine, class Actors, class M>
void Fleet::put(const Actors& actors, ActorId to, const M& message) const {
  if constexpr (MessagesOf<Machine>::template has<M>) {
    assert(to.number < actors.size());
    caf::anon_send(actors[to.number], message);
  } else {
    assert(!"a message for an actor that does not take it");
  }
}

void Fleet::deliver(ActorId to, const Message& message) const {
  std::visit(
      [&](const auto& content) {
        switch (to.kind) {
          case ActorKind::scheduler:
            return put<Scheduler>(schedulers_, to, content);
          case ActorKind::instance:
            return put<Instance>(instances_, to, content);
          case ActorKind::device:
            return put<Device>(devices_, to, content);
          case ActorKind::analyzer:
            return put<Analyzer>(analyzers_, to, content);
          case ActorKind::plant:
          case ActorKind::placement:
          case ActorKind::node:
            break;
        }
        assert(!"one process has no placement, and the plant no mailbox");
      },
      message);
}

void Fleet::tell(AnalyzerIx analyzer) const {
  caf::anon_send(analyzers_[analyzer.value], SamplesWait{});
}

void Fleet::kill() {
  if (std::exchange(killed_, true)) return;
  const auto end = [](const auto& actors) {
    for (std::size_t i = 0; i < actors.size(); ++i) caf::anon_send_exit(actors[i], caf::exit_reason::kill);
  };
  end(schedulers_);
  end(instances_);
  end(devices_);
  end(analyzers_);
}

}  // namespace camfleet::shells
