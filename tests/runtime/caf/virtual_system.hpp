#pragma once

#include <deque>
#include <memory>

#include <caf/all.hpp>
#include <caf/scheduler/abstract_coordinator.hpp>
#include <caf/scheduler/test_coordinator.hpp>

#include "runtime/caf/types.hpp"

namespace camfleet::shells {

/// A CAF scheduler of one thread that runs nothing until it is asked: mailboxes are emptied one actor after
/// the other, and time is whatever the test says. Its clock is never used: shells have their time from the
/// Post.
class StepCoordinator final : public caf::scheduler::abstract_coordinator {
 public:
  using Base = caf::scheduler::abstract_coordinator;
  explicit StepCoordinator(caf::actor_system& system) : Base(system) {}

  [[nodiscard]] bool detaches_utility_actors() const override { return false; }
  caf::detail::test_actor_clock& clock() noexcept override { return clock_; }

  void start() override {
    unit_ = std::make_unique<Unit>(*this);
    caf::actor_config config{unit_.get()};
    utility_actors_[printer_id] = caf::make_actor<NullPrinter, caf::actor>(
        system().next_actor_id(), system().node(), &system(), config);
  }
  void stop() override {
    run();
    utility_actors_[printer_id] = nullptr;
  }

  /// Runs every actor that has something in its mailbox, until none has.
  void run() {
    while (!jobs_.empty()) {
      caf::resumable* job = jobs_.front();
      jobs_.pop_front();
      switch (job->resume(unit_.get(), 1)) {
        case caf::resumable::resume_later:
          jobs_.push_front(job);
          break;
        case caf::resumable::shutdown_execution_unit:
          break;
        default:
          caf::intrusive_ptr_release(job);
      }
    }
  }

 protected:
  void enqueue(caf::resumable* job) override { jobs_.push_back(job); }

 private:
  struct Unit : caf::execution_unit {
    explicit Unit(StepCoordinator& owner) : execution_unit(&owner.system()), coordinator(&owner) {}
    void exec_later(caf::resumable* job) override { coordinator->jobs_.push_back(job); }
    StepCoordinator* coordinator;
  };
  struct NullPrinter : caf::monitorable_actor {
    explicit NullPrinter(caf::actor_config& config) : monitorable_actor(config) {}
    void enqueue(caf::mailbox_element_ptr /*element*/, caf::execution_unit* /*unit*/) override {}
  };

  std::deque<caf::resumable*> jobs_;
  caf::detail::test_actor_clock clock_;
  std::unique_ptr<Unit> unit_;
};

/// An actor system on a StepCoordinator.
class VirtualSystem {
 public:
  VirtualSystem() : system_(config_), coordinator_(static_cast<StepCoordinator*>(&system_.scheduler())) {}

  [[nodiscard]] caf::actor_system& system() { return system_; }
  void run() { coordinator_->run(); }

 private:
  struct Config : caf::actor_system_config {
    Config() {
      add_message_types(*this);
      module_factories.emplace_back([](caf::actor_system& system) -> caf::actor_system::module* {
        return new StepCoordinator(system);
      });
    }
    static void add_message_types(caf::actor_system_config& config) { shells::add_message_types(config); }
  };
  Config config_;
  caf::actor_system system_;
  StepCoordinator* coordinator_;
};

}  // namespace camfleet::shells
