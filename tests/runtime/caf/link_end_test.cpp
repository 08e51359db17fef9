// CAF's actors over the door of a cluster.
#include "runtime/caf/link_end.hpp"

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include <caf/all.hpp>
#include <caf/io/all.hpp>
#include <gtest/gtest.h>

#include "tests/runtime/link/link_fixture.hpp"

namespace camfleet::shells {
namespace {

caf::actor_system_config& with_middleman(caf::actor_system_config& config) {
  config.load<caf::io::middleman>();
  return config;
}

/// A process, but for its address space.
struct Process {
  Process() : system(with_middleman(config)), ends(system) {}
  caf::actor_system_config config;
  caf::actor_system system;
  LinkEnds ends;
};

/// Answers with a number of its own, added to what it is asked.
caf::behavior adder(caf::event_based_actor* /*self*/, int own) {
  return {[own](int asked) { return asked + own; }};
}

class LinkEnd : public link::LinkTest {
 protected:
  ~LinkEnd() override {
    for (const caf::actor& one : actors_) caf::anon_send_exit(one, caf::exit_reason::kill);
  }

  /// Shows an actor that adds `own` to the guest of this number.
  void show(std::size_t number, int own) {
    actors_.push_back(scheduler_.system.spawn(adder, own));
    door_->allow(guest(number).number, actors_.back().id());
    scheduler_.ends.show(guest(number).socket, caf::actor_cast<caf::strong_actor_ptr>(actors_.back()));
    guests_.at(number).socket = -1;
  }
  /// What the actor that is shown at the other end makes of a number; -1: nothing.
  static int ask(Process& process, const caf::strong_actor_ptr& whom, int number) {
    int answer = -1;
    const caf::scoped_actor self{process.system};
    self->request(caf::actor_cast<caf::actor>(whom), std::chrono::seconds(5), number)
        .receive([&](int got) { answer = got; }, [](const caf::error&) {});
    return answer;
  }

  Process scheduler_;
  std::vector<caf::actor> actors_;
};

TEST_F(LinkEnd, EachNodeSeesTheActorThatIsShownToIt) {
  open();
  Process a;
  Process b;
  const auto call_a = call(node("a").own);
  const auto call_b = call(node("b").own);
  ASSERT_TRUE(call_a.has_value() && call_b.has_value());
  const bool a_is_first = guest(0).name == "a";
  show(a_is_first ? 0 : 1, 100);
  show(a_is_first ? 1 : 0, 200);
  const auto shown_a = a.ends.find(call_a.value()->socket(), seconds(5));
  const auto shown_b = b.ends.find(call_b.value()->socket(), seconds(5));
  ASSERT_TRUE(shown_a.has_value()) << shown_a.error().line();
  ASSERT_TRUE(shown_b.has_value()) << shown_b.error().line();
  EXPECT_EQ(ask(a, shown_a.value(), 1), 101) << told_.all();
  EXPECT_EQ(ask(b, shown_b.value(), 1), 201);
}

TEST_F(LinkEnd, NobodySpeaksToTheActorOfAnother) {
  open();
  Process a;
  const auto called = call(node("a").own);
  ASSERT_TRUE(called.has_value());
  show(0, 100);
  const auto shown = a.ends.find(called.value()->socket(), seconds(5));
  ASSERT_TRUE(shown.has_value()) << shown.error().line();
  // What it says to this actor is what it would say to one whose number it has guessed.
  door_->allow(guest(0).number, actors_.front().id() + 1);
  const caf::scoped_actor self{a.system};
  bool is_heard = false;
  self->request(caf::actor_cast<caf::actor>(shown.value()), std::chrono::milliseconds(500), 1)
      .receive([&](int) { is_heard = true; }, [](const caf::error&) {});
  EXPECT_FALSE(is_heard);
  door_->allow(guest(0).number, actors_.front().id());
  EXPECT_EQ(ask(a, shown.value(), 1), 101);
}

TEST_F(LinkEnd, TheEndOfAConnectionIsHeardAtBothEnds) {
  open();
  Process a;
  auto called = call(node("a").own);
  ASSERT_TRUE(called.has_value());
  show(0, 100);
  const auto shown = a.ends.find(called.value()->socket(), seconds(5));
  ASSERT_TRUE(shown.has_value()) << shown.error().line();
  std::atomic<bool> is_down = false;
  const caf::scoped_actor watcher{a.system};
  watcher->monitor(caf::actor_cast<caf::actor>(shown.value()));
  door_->close(guest(0).number, "test");
  watcher->receive([&](const caf::down_msg&) { is_down = true; },
                   caf::after(std::chrono::seconds(10)) >> [] {});
  EXPECT_TRUE(is_down);
  EXPECT_TRUE(told_.hears("left a: test"));
  // Another one of the same process finds the actor anew.
  called.value().reset();
  auto again = call(node("a").own);
  ASSERT_TRUE(again.has_value()) << again.error().line();
  show(1, 300);
  const auto shown_again = a.ends.find(again.value()->socket(), seconds(5));
  ASSERT_TRUE(shown_again.has_value()) << shown_again.error().line();
  EXPECT_EQ(ask(a, shown_again.value(), 1), 301);
}

TEST_F(LinkEnd, NobodyIsMadeToRunAnything) {
  open();
  Process a;
  const auto called = call(node("a").own);
  ASSERT_TRUE(called.has_value());
  show(0, 100);
  const auto shown = a.ends.find(called.value()->socket(), seconds(5));
  ASSERT_TRUE(shown.has_value()) << shown.error().line();
  // CAF would have its actor of this name do it for whoever is connected.
  const auto spawned = a.system.middleman().remote_spawn<caf::actor>(
      shown.value()->node(), "adder", caf::make_message(1), std::chrono::seconds(1));
  EXPECT_FALSE(spawned);
  EXPECT_EQ(ask(a, shown.value(), 1), 101) << "the connection is as it was";
}

constexpr const char* asks_for_identity = "CAMFLEET_PRINTS_IDENTITY";

/// What CAF calls another process of this program.
std::string identity() {
  const std::string program = std::filesystem::read_symlink("/proc/self/exe").string();
  const std::string command = std::string(asks_for_identity) + "=1 " + program +
                              " --gtest_filter=LinkIdentity.IsAnotherInEachProcess";
  FILE* other = ::popen(command.c_str(), "r");
  std::string text;
  for (int c = std::fgetc(other); c != EOF; c = std::fgetc(other)) text += static_cast<char>(c);
  ::pclose(other);
  const std::size_t at = text.find("node ");
  // The host's part, before the number of the process.
  return at == std::string::npos ? "" : text.substr(at, text.find('#', at) - at);
}

TEST(LinkIdentity, IsAnotherInEachProcess) {
  if (std::getenv(asks_for_identity) != nullptr) {
    const Process process;
    std::cout << "node " << to_string(process.system.node()) << '\n';
    return;
  }
  const std::string one = identity();
  EXPECT_GT(one.size(), 20U) << one;
  EXPECT_NE(one, identity());
}

TEST_F(LinkEnd, SilenceIsNotWaitedForLongerThanAllowed) {
  open();
  Process a;
  const auto called = call(node("a").own);
  ASSERT_TRUE(called.has_value());
  ASSERT_TRUE(told_.hears("came a"));
  const auto shown = a.ends.find(called.value()->socket(), milliseconds(200));
  ASSERT_FALSE(shown.has_value());
  EXPECT_EQ(shown.error().code, Errc::timed_out) << shown.error().line();
}

}  // namespace
}  // namespace camfleet::shells
