#include "runtime/caf/actors.hpp"

#include <cassert>
#include <utility>

namespace camfleet::shells {

Actors::Actors(caf::actor_system& system, const Roster& roster, Post& post, Post& leases, PlantPort& plant,
               ActorSettings settings, ShellHooks hooks)
    : system_(&system),
      roster_(&roster),
      settings_(std::move(settings)),
      hooks_(std::move(hooks)),
      parts_{&post, &plant, &hooks_, settings_.seed},
      lease_parts_{&leases, &plant, &hooks_, settings_.seed} {}

void Actors::spawn() {
  if (settings_.role != Role::node)
    schedulers_.add(*system_, the_scheduler, Scheduler(*roster_, settings_.until), parts_);
  if (settings_.role != Role::scheduler)
    analyzers_.add(*system_, actor(AnalyzerIx{0}), Analyzer(AnalyzerIx{0}, settings_.analyzer), parts_);
  if (settings_.role == Role::scheduler) {
    memberships_.add(*system_, the_membership, Membership(settings_.lease, settings_.reign), lease_parts_);
    // It waits for nodes by their leases.
    placements_.add(*system_, the_placement, Placement(*roster_, settings_.costs), lease_parts_);
  }
  if (settings_.role == Role::node)
    agents_.add(*system_, actor(own_node), NodeAgent(own_node, {}, settings_.lease), lease_parts_);
  spawn_added();
}

void Actors::spawn_added() {
  while (settings_.role != Role::scheduler && devices_.size() < roster_->device_count()) {
    const DeviceIx ix{devices_.size()};
    devices_.add(*system_, actor(ix), Device(ix, (*roster_)[ix].kind, AnalyzerIx{0}, settings_.device),
                 parts_);
  }
  while (settings_.role != Role::node && instances_.size() < roster_->instance_count()) {
    const InstanceIx ix{instances_.size()};
    instances_.add(*system_, actor(ix),
                   Instance(ix, *roster_, settings_.node, settings_.reign, settings_.joining), parts_);
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
          case ActorKind::placement:
            return put(placements_, to, content);
          case ActorKind::membership:
            return put(memberships_, to, content);
          case ActorKind::node:
            return put(agents_, to, content);
          case ActorKind::plant:
            break;
        }
        assert(!"the plant has no mailbox");
      },
      message);
}

bool Actors::has(ActorId id) const {
  switch (settings_.role) {
    case Role::whole:
      return true;
    case Role::scheduler:
      return id.place() == home_place;
    case Role::node:
      return id.kind == ActorKind::device || id.kind == ActorKind::analyzer || id.kind == ActorKind::node;
  }
  return true;
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
  placements_.kill();
  memberships_.kill();
  agents_.kill();
}

}  // namespace camfleet::shells
