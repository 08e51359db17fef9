#include "tests/actors/machines/story.hpp"

#include <algorithm>
#include <exception>
#include <fstream>
#include <functional>
#include <memory>
#include <sstream>
#include <utility>

#include "actors/base/text.hpp"
#include "actors/machines/analyzer.hpp"
#include "actors/machines/footage.hpp"
#include "actors/machines/instance.hpp"
#include "actors/machines/live_camera.hpp"
#include "actors/machines/membership.hpp"
#include "actors/machines/node_agent.hpp"
#include "actors/machines/placement.hpp"
#include "actors/machines/scheduler.hpp"
#include "tests/actors/calendar_blocks.hpp"
#include "tests/actors/machines/message_text.hpp"
#include "tests/actors/machines/story_roster.hpp"
#include "tests/actors/machines/story_world.hpp"

namespace camfleet::testing {
namespace {

/// A machine of one kind with all that it needs.
class Teller {
 public:
  virtual ~Teller() = default;
  virtual void hear(const Message& message, StoryContext& context, StoryWorld& world) = 0;
  virtual void start_over(StoryContext& context, StoryWorld& world) = 0;
};

template <class Machine>
class TellerOf final : public Teller {
 public:
  explicit TellerOf(Machine machine) : machine_(std::move(machine)) {}
  void hear(const Message& message, StoryContext& context, StoryWorld& world) override {
    std::visit(
        [&](const auto& m) {
          if constexpr (requires { machine_.on(m, context); }) {
            machine_.on(m, context);
          } else {
            world.say("! does not take it");
          }
        },
        message);
  }
  void start_over(StoryContext& context, StoryWorld& world) override {
    if constexpr (requires { machine_.start_over(context); }) {
      machine_.start_over(context);
    } else {
      world.say("! does not start over");
    }
  }

 private:
  Machine machine_;
};

template <class Machine>
std::set<std::string_view> taken_by() {
  std::set<std::string_view> names;
  const auto add = [&]<class M>(const M& /*message*/, std::string_view name) {
    if constexpr (requires(Machine & machine, const M& m, StoryContext& c) { machine.on(m, c); })
      names.insert(name);
  };
  [&]<std::size_t... I>(std::index_sequence<I...>) {
    (add(std::variant_alternative_t<I, Message>{}, message_names[I]), ...);
  }
  (std::make_index_sequence<std::variant_size_v<Message>>());
  return names;
}

using Keys = std::map<std::string, std::string>;

std::uint32_t number_in(const Keys& keys, const std::string& key, std::uint32_t usual) {
  const auto found = keys.find(key);
  return found == keys.end() ? usual : static_cast<std::uint32_t>(parse_int(found->second).value_or(usual));
}

/// A kind of machine: how it is made, what its timers are called, and what it takes.
struct Kind {
  std::function<std::unique_ptr<Teller>(const Roster& roster, const Keys& keys)> make;
  std::vector<std::string> timers;
  std::set<std::string_view> takes;
};

template <class Machine, class Make>
Kind kind_of(const Make& make, std::vector<std::string> timers = {}) {
  return {[make](const Roster& roster, const Keys& keys) -> std::unique_ptr<Teller> {
            return std::make_unique<TellerOf<Machine>>(make(roster, keys));
          },
          std::move(timers), taken_by<Machine>()};
}

const std::map<std::string, Kind, std::less<>>& kinds() {
  static const std::map<std::string, Kind, std::less<>> kinds{
      {"live_camera", kind_of<LiveCamera>(
                          [](const Roster&, const Keys&) {
                            return LiveCamera(DeviceIx{0}, actor(AnalyzerIx{0}), usual_device_settings);
                          },
                          {"retry", "linger", "deadline", "hung_up"})},
      {"footage", kind_of<Footage>([](const Roster&, const Keys&) {
         return Footage(DeviceIx{0}, actor(AnalyzerIx{0}), usual_device_settings);
       })},
      {"analyzer", kind_of<Analyzer>([](const Roster&, const Keys& keys) {
         return Analyzer(AnalyzerIx{0}, {.workers = number_in(keys, "workers", 1),
                                         .queue_limit = number_in(keys, "queue", 2)});
       })},
      {"instance", kind_of<Instance>([](const Roster& roster, const Keys&) {
         return Instance(InstanceIx{0}, roster, roster.has_placement() ? "" : StoryPlant::own_node);
       })},
      {"scheduler", kind_of<Scheduler>([](const Roster& roster, const Keys& keys) {
         const std::uint32_t until = number_in(keys, "until", 0);
         return Scheduler(roster, until > 0 ? story_start() + seconds(until) : end_of_time);
       })},
      {"placement",
       kind_of<Placement>([](const Roster& roster, const Keys&) { return Placement(roster, {}); })},
      {"membership", kind_of<Membership>([](const Roster&, const Keys&) { return Membership(); })},
      {"node_agent", kind_of<NodeAgent>([](const Roster& roster, const Keys&) {
         return NodeAgent(NodeIx{0}, roster.node_count() > 0 ? roster[NodeIx{0}].offer : NodeOffer());
       })},
  };
  return kinds;
}

/// A machine in its world, which is told a story line by line.
class Telling {
 public:
  Telling(const Kind& kind, const Keys& keys)
      : roster_(story_roster(keys)),
        world_(kind.timers),
        plant_(world_, *roster_),
        context_(world_, plant_),
        teller_(kind.make(*roster_, keys)) {}

  std::vector<std::string> tell(const std::string& line) {
    const auto space = std::min(line.find(' '), line.size());
    const auto at = parse_story_time(line.substr(0, space));
    if (!at.has_value()) return {"! " + at.error().line()};
    if (const auto next = world_.next_timer(); next && *next < at.value())
      world_.say("! a timer was due at " + to_text(*next));
    world_.go_to(at.value());
    const std::string what = line.substr(std::min(space + 1, line.size()));
    try {
      act(what);
    } catch (const std::exception& error) {
      world_.say(std::string("! threw at ") + error.what() + ", and starts over");
      teller_->start_over(context_, world_);
    }
    return world_.take_lines();
  }

 private:
  void act(const std::string& what) {
    if (what == "store is full") return world_.set_full(true);
    if (what == "store has room") return world_.set_full(false);
    if (what.starts_with("fails next ")) return world_.fail_next(what.substr(11));
    if (what.starts_with("clock ")) {
      const auto moved = parse_story_time(what.substr(what.find_first_not_of('+', 6)));
      if (!moved.has_value()) return world_.say("! " + moved.error().line());
      return world_.put_clock(moved.value() - story_start());
    }
    if (what == "TimerFired") {
      const auto fired = world_.take_timer();
      return fired ? teller_->hear(*fired, context_, world_) : world_.say("! no timer is due");
    }
    const auto message = parse_message(what);
    if (!message.has_value()) return world_.say("! " + message.error().line());
    teller_->hear(message.value(), context_, world_);
  }

  std::unique_ptr<Roster> roster_;
  StoryWorld world_;
  StoryPlant plant_;
  StoryContext context_;
  std::unique_ptr<Teller> teller_;
};

bool is_told(const std::string& line) {
  return !line.starts_with(' ');
}

}  // namespace

result<std::vector<Story>> read_stories(const std::filesystem::path& file) {
  std::ifstream in(file);
  if (!in) return fail(Errc::unreadable, file.string(), "cannot be read");
  std::vector<Story> stories;
  std::string line;
  for (int number = 1; std::getline(in, line); ++number) {
    if (line.empty() || line.starts_with('#')) continue;
    if (line.starts_with("== ")) {
      stories.push_back({file.stem().string(), number, line.substr(3), {}, {}});
      continue;
    }
    if (stories.empty())
      return fail(Errc::corrupt, file.string() + ":" + std::to_string(number),
                  "stands before the first title");
    Story& story = stories.back();
    const auto colon = line.find(": ");
    if (story.lines.empty() && is_told(line) && colon != std::string::npos && line.find(' ') == colon + 1) {
      story.keys[line.substr(0, colon)] = line.substr(colon + 2);
    } else {
      story.lines.push_back(line);
    }
  }
  return stories;
}

std::vector<std::string> story_machines() {
  std::vector<std::string> names;
  for (const auto& [name, kind] : kinds()) names.push_back(name);
  return names;
}

std::vector<std::string> tell(const Story& story) {
  const auto kind = kinds().find(story.machine);
  if (kind == kinds().end()) return {"! there is no machine " + story.machine};
  Telling telling(kind->second, story.keys);
  std::vector<std::string> lines;
  for (const std::string& line : story.lines) {
    if (!is_told(line)) continue;
    lines.push_back(line);
    for (const std::string& done : telling.tell(line)) lines.push_back("    " + done);
  }
  return lines;
}

std::string differences(const Story& story) {
  const std::vector<std::string> told = tell(story);
  return told == story.lines ? "" : diff(story.lines, told);
}

std::set<std::string_view> messages_of(std::string_view machine) {
  return kinds().find(machine)->second.takes;
}

std::set<std::string_view> messages_in(const Story& story) {
  std::set<std::string_view> names;
  for (const std::string& line : story.lines) {
    std::istringstream words(line);
    std::string at;
    std::string name;
    words >> at >> name;
    const auto found = std::ranges::find(message_names, name);
    if (is_told(line) && found != message_names.end()) names.insert(*found);
  }
  return names;
}

}  // namespace camfleet::testing
