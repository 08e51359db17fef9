#pragma once

#include <cassert>
#include <utility>
#include <vector>

#include "actors/base/grow_only.hpp"
#include "actors/plan/roster.hpp"
#include "runtime/caf/actor_settings.hpp"
#include "runtime/caf/shell.hpp"

namespace camfleet::shells {

/// The machines of one kind, and the actors that they are dealt out to.
template <class Machine>
class Crew {
 public:
  /// Actors of one kind: machines beyond that share them. More than CAF has threads, so that all have work.
  static constexpr std::size_t max_actors = 64;

  /// One thread at a time; others may send to the machines before meanwhile.
  void add(caf::actor_system& system, ActorId self, Machine machine, const ShellParts& parts) {
    assert(self.number == cells_.size());
    cells_.push_back({std::move(machine), {self, Random::of(parts.seed, self), {}}});
    if (actors_.size() < max_actors)
      actors_.push_back(system.spawn<ShellFor<Machine>, caf::lazy_init>(cells_, parts));
  }
  template <class M>
  void send(std::uint32_t number, const M& message) const {
    assert(number < cells_.size());
    caf::anon_send(actors_[number % max_actors], number, message);
  }
  [[nodiscard]] std::uint32_t size() const { return static_cast<std::uint32_t>(cells_.size()); }
  void kill() const {
    for (std::size_t i = 0; i < actors_.size(); ++i) caf::anon_send_exit(actors_[i], caf::exit_reason::kill);
  }

 private:
  GrowOnly<Cell<Machine>> cells_;
  GrowOnly<ActorOf<Machine>> actors_;
};

/// The shells of a roster in one actor system: those that its role has. Outlives the actors' last handlers.
class Actors {
 public:
  /// `leases`: how the membership and an agent reach time and others.
  Actors(caf::actor_system& system, const Roster& roster, Post& post, Post& leases, PlantPort& plant,
         ActorSettings settings, ShellHooks hooks);
  ~Actors() { kill(); }
  Actors(const Actors&) = delete;
  Actors& operator=(const Actors&) = delete;

  /// Spawns a shell for everything in the roster.
  void spawn();
  /// The same for what was added since. One thread at a time; others may deliver meanwhile.
  void spawn_added();
  /// Puts a message into the mailbox of its actor. A message that this kind of actor does not take is a
  /// defect.
  void deliver(ActorId to, const Message& message) const;
  /// Tells an analyzer that samples wait for it; see Post::take_samples.
  void tell(AnalyzerIx analyzer) const;
  /// Whether an actor is one of this process's.
  [[nodiscard]] bool has(ActorId id) const;
  /// Ends all shells; what is in their mailboxes is lost.
  void kill();

 private:
  template <class Machine, class M>
  static void put(const Crew<Machine>& crew, ActorId to, const M& message);

  caf::actor_system* system_;
  const Roster* roster_;
  ActorSettings settings_;
  ShellHooks hooks_;
  ShellParts parts_;
  ShellParts lease_parts_;
  Crew<Scheduler> schedulers_;
  Crew<Instance> instances_;
  Crew<Device> devices_;
  Crew<Analyzer> analyzers_;
  Crew<Placement> placements_;
  Crew<Membership> memberships_;
  Crew<NodeAgent> agents_;
  bool killed_ = false;
};

}  // namespace camfleet::shells
