#pragma once

#include <string>
#include <vector>

#include "actors/grow_only.hpp"
#include "actors/roster.hpp"
#include "runtime/caf/fleet_settings.hpp"
#include "runtime/caf/shell.hpp"

namespace camfleet::shells {

/// The shells of a roster in one actor system: one scheduler, one analyzer, an actor for each instance and
/// device.
class Fleet {
 public:
  Fleet(caf::actor_system& system, const Roster& roster, Post& post, PlantPort& plant, FleetSettings settings,
        ShellHooks hooks);
  ~Fleet() { kill(); }
  Fleet(const Fleet&) = delete;
  Fleet& operator=(const Fleet&) = delete;

  /// Spawns a shell for everything in the roster.
  void spawn();
  /// The same for what was added since. One thread at a time; others may deliver meanwhile.
  void spawn_added();
  /// Puts a message into the mailbox of its actor. A message that this kind of actor does not take is a
  /// defect.
  void deliver(ActorId to, const Message& message) const;
  /// Tells an analyzer that samples wait for it; see Post::take_samples.
  void tell(AnalyzerIx analyzer) const;
  /// Ends all shells; what is in their mailboxes is lost.
  void kill();

 private:
  template <class Machine>
  ActorOf<Machine> spawn_one(ActorId self, Machine machine);
  template <class Machine, class Actors, class M>
  void put(const Actors& actors, ActorId to, const M& message) const;

  caf::actor_system* system_;
  const Roster* roster_;
  FleetSettings settings_;
  ShellHooks hooks_;
  ShellParts parts_;
  std::vector<ActorOf<Scheduler>> schedulers_;
  GrowOnly<ActorOf<Instance>> instances_;
  GrowOnly<ActorOf<Device>> devices_;
  std::vector<ActorOf<Analyzer>> analyzers_;
  bool killed_ = false;
};

}  // namespace camfleet::shells
