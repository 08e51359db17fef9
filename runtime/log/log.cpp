#include "runtime/log/log.hpp"

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <utility>

#include <spdlog/async.h>
#include <spdlog/async_logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/ostream_sink.h>

namespace camfleet::logging {
namespace {

constexpr std::chrono::seconds quiet{1};

spdlog::level::level_enum spdlog_level(Level level) {
  switch (level) {
    case Level::debug:
      return spdlog::level::debug;
    case Level::info:
      return spdlog::level::info;
    case Level::warn:
      return spdlog::level::warn;
    case Level::error:
      return spdlog::level::err;
  }
  return spdlog::level::err;
}

/// What makes two lines the same: all but their numbers.
std::string name_of(Level level, std::string_view message, Fields fields) {
  std::string name(to_text(level));
  name.append(1, '\0').append(message);
  for (const Field& field : fields) {
    if (!field.is_number) name.append(1, '\0').append(field.key).append(1, '=').append(field.value);
  }
  return name;
}

}  // namespace

class Log::Impl {
 public:
  Impl(std::ostream& out, Settings settings)
      : settings_(std::move(settings)),
        pool_(std::make_shared<spdlog::details::thread_pool>(most_waiting, 1)) {
    auto sink = std::make_shared<spdlog::sinks::ostream_sink_mt>(out, true);
    logger_ = std::make_shared<spdlog::async_logger>("camfleet", std::move(sink), pool_,
                                                     spdlog::async_overflow_policy::overrun_oldest);
    logger_->set_level(spdlog::level::trace);
    const char* pattern = settings_.format == Format::json ? R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ",%v})"
                                                           : "%Y-%m-%dT%H:%M:%S.%eZ %v";
    logger_->set_formatter(
        std::make_unique<spdlog::pattern_formatter>(pattern, spdlog::pattern_time_type::utc));
  }

  ~Impl() { settle_all(); }

  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  [[nodiscard]] bool shows(Level level) const { return level >= settings_.level; }

  void write(Level level, std::string_view message, Fields fields) {
    if (!shows(level)) return;
    std::string line = line_of(settings_.format, level, message, fields);
    if (level < Level::warn) return say(level, line);
    const auto now = settings_.clock();
    const std::lock_guard lock(mutex_);
    std::string name = name_of(level, message, fields);
    auto found = held_.find(name);
    if (found == held_.end()) {
      if (held_.size() >= most_remembered) {
        say_held(std::chrono::steady_clock::duration(0));
        held_.clear();
      }
      held_.emplace(std::move(name), Held{level, now, 0, {}});
      return say(level, line);
    }
    Held& held = found->second;
    ++held.events;
    held.line = std::move(line);
    if (now - held.said_at >= quiet) say_again(held, now);
  }

  void settle() {
    const std::lock_guard lock(mutex_);
    const auto now = settings_.clock();
    say_held(quiet);
    std::erase_if(held_, [&](const auto& entry) { return now - entry.second.said_at >= quiet; });
    say_lost();
  }

  void settle_all() {
    const std::lock_guard lock(mutex_);
    say_held(std::chrono::steady_clock::duration(0));
    say_lost();
  }

 private:
  struct Held {
    Level level = Level::warn;
    std::chrono::steady_clock::time_point said_at;
    std::uint64_t events = 0;  ///< that are not said yet
    std::string line;          ///< of the last of them
  };

  void say(Level level, const std::string& line) {
    logger_->log(spdlog_level(level), spdlog::string_view_t(line));
  }

  void say_again(Held& held, std::chrono::steady_clock::time_point now) {
    if (held.events > 1) append_field(held.line, settings_.format, {"repeated", held.events});
    say(held.level, held.line);
    held.said_at = now;
    held.events = 0;
  }

  void say_held(std::chrono::steady_clock::duration for_at_least) {
    const auto now = settings_.clock();
    for (auto& [name, held] : held_) {
      if (held.events > 0 && now - held.said_at >= for_at_least) say_again(held, now);
    }
  }

  void say_lost() {
    const std::uint64_t lost = pool_->overrun_counter();
    if (lost == lost_said_) return;
    const std::uint64_t newly = lost - std::exchange(lost_said_, lost);
    say(Level::warn, line_of(settings_.format, Level::warn, "log lines lost", {{"lines", newly}}));
  }

  const Settings settings_;
  std::mutex mutex_;
  std::map<std::string, Held> held_;
  std::uint64_t lost_said_ = 0;
  std::shared_ptr<spdlog::details::thread_pool> pool_;  // ended after the logger: it writes what waits
  std::shared_ptr<spdlog::async_logger> logger_;
};

Log::Log(std::ostream& out, Settings settings) : impl_(std::make_unique<Impl>(out, std::move(settings))) {}

Log::~Log() = default;

bool Log::shows(Level level) const {
  return impl_->shows(level);
}

void Log::write(Level level, std::string_view message, Fields fields) {
  impl_->write(level, message, fields);
}

void Log::settle() {
  impl_->settle();
}

void Log::settle_all() {
  impl_->settle_all();
}

}  // namespace camfleet::logging
