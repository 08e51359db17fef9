#include "runtime/plant/source_facts.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <exception>
#include <thread>
#include <utility>

#include "runtime/media/source_url.hpp"
#include "runtime/plant/footage.hpp"

namespace camfleet::plant {
namespace {

constexpr std::size_t most_asked_at_once = 64;
constexpr std::size_t most_told = 3;
/// Until another descriptor may be free.
constexpr auto pause = std::chrono::milliseconds(50);

/// "http://camera:8080" of a network URL.
std::string server_of(const media::SourceUrl& url) {
  const std::size_t host = url.secret_text.find("://") + 3;
  return url.secret_text.substr(0,
                                std::min(url.secret_text.find_first_of("/?#", host), url.secret_text.size()));
}

/// Of many one line, with the first of them.
void append(std::vector<Error>& to, const std::vector<Error>& first, std::size_t all) {
  if (all <= first.size()) {
    to.insert(to.end(), first.begin(), first.end());
    return;
  }
  to.push_back(
      {Errc::unsupported, "devices",
       std::to_string(all) + " have sources like " + first.front().where + ", which " + first.front().what});
}

}  // namespace

void SourceFacts::Told::add(Error error) {
  if (++all <= most_told) first.push_back(std::move(error));
}

/// What those who ask at the same time share.
class SourceFacts::Asking {
 public:
  Asking(SourceFacts& facts, std::vector<Question> questions, const media::SourceRegistry& registry,
         const MustStop& must_stop)
      : facts_(&facts), questions_(std::move(questions)), registry_(&registry), must_stop_(&must_stop) {}

  /// False: it was stopped.
  bool run() {
    std::vector<std::thread> helpers;
    const std::size_t wanted = std::min(most_asked_at_once, questions_.size()) - 1;
    helpers.reserve(wanted);
    try {
      while (helpers.size() < wanted) helpers.emplace_back([this] { work(); });
    } catch (const std::exception&) {
      // Fewer threads ask fewer at a time.
    }
    work();
    for (std::thread& helper : helpers) helper.join();
    return !is_stopped();
  }

 private:
  void work() {
    for (std::size_t i = next_++; i < questions_.size(); i = next_++)
      facts_->take(questions_[i], ask(questions_[i]));
  }

  result<media::SourceTraits> ask(const Question& question) {
    const std::string server = server_of(question.url);
    while (true) {
      const Duration left = until_ - std::chrono::steady_clock::now();
      if (left <= Duration(0) || is_stopped())
        return fail(Errc::timed_out, question.url.text, "was not asked");
      if (is_silent(server)) return fail(Errc::timed_out, question.url.text, "did not answer before");
      media::AskOptions options{.must_stop = [this] { return is_stopped(); }};
      options.limit = std::min(options.limit, left);
      auto said = registry_->ask_server(question.url, options);
      if (said.has_value()) return said;
      if (said.error().code == Errc::timed_out) set_silent(server);
      // It is this machine's fault, and goes away with what others hold.
      if (said.error().code != Errc::limit) return said;
      std::this_thread::sleep_for(pause);
    }
  }
  bool is_stopped() {
    const std::lock_guard lock(mutex_);
    stopped_ = stopped_ || (*must_stop_ && (*must_stop_)());
    return stopped_;
  }
  bool is_silent(const std::string& server) {
    const std::lock_guard lock(mutex_);
    return silent_.contains(server);
  }
  void set_silent(const std::string& server) {
    const std::lock_guard lock(mutex_);
    silent_.insert(server);
  }

  SourceFacts* facts_;
  std::vector<Question> questions_;
  const media::SourceRegistry* registry_;
  const MustStop* must_stop_;
  std::chrono::steady_clock::time_point until_ = std::chrono::steady_clock::now() + ask_all_limit;
  std::atomic<std::size_t> next_ = 0;
  std::mutex mutex_;
  std::set<std::string> silent_;
  bool stopped_ = false;
};

std::vector<SourceFacts::Question> SourceFacts::open_questions(std::span<const std::string> sources,
                                                               const media::SourceRegistry& registry) const {
  std::vector<Question> questions;
  std::set<std::string_view> seen;
  const std::lock_guard lock(mutex_);
  for (const std::string& source : sources) {
    if (kinds_.contains(source) || !seen.insert(source).second) continue;
    auto url = media::parse_source_url(source);
    if (!url.has_value()) continue;
    const auto traits = registry.traits_of(url.value());
    if (!traits.has_value() || !traits.value().is_guess) continue;
    questions.push_back({std::move(url).value(), plant::kind_of(traits.value())});
  }
  return questions;
}

bool SourceFacts::ask(std::span<const std::string> sources, const media::SourceRegistry& registry,
                      const MustStop& must_stop) {
  auto questions = open_questions(sources, registry);
  return questions.empty() || Asking(*this, std::move(questions), registry, must_stop).run();
}

void SourceFacts::take(const Question& question, const result<media::SourceTraits>& said) {
  const bool guesses_live = question.guess == DeviceKind::live;
  const std::lock_guard lock(mutex_);
  if (!said.has_value()) {
    silent_.add({said.error().code, question.url.text,
                 "is taken for " + std::string(guesses_live ? "live" : "recorded footage") +
                     ", as its server did not say what it is (" + said.error().what +
                     "); write #kind=hls, flv, mp4 or mjpeg behind it"});
    return;
  }
  const DeviceKind kind = plant::kind_of(said.value());
  kinds_.emplace(question.url.secret_text, kind);
  if (kind == question.guess) return;
  otherwise_.add({Errc::unsupported, question.url.text,
                  guesses_live
                      ? "is recorded footage by its server, and live by its URL alone; write #kind=mp4 "
                        "behind it for the virtual world, which asks nobody"
                      : "goes on and on by its server, and is live; the virtual world, which asks "
                        "nobody, takes it for recorded footage, as #kind=mp4 does everywhere"});
}

DeviceKind SourceFacts::kind_of(const media::SourceUrl& url, const media::SourceRegistry& registry) const {
  {
    const std::lock_guard lock(mutex_);
    if (const auto known = kinds_.find(url.secret_text); known != kinds_.end()) return known->second;
  }
  return plant::kind_of(url, registry);
}

std::vector<Error> SourceFacts::surprises() const {
  const std::lock_guard lock(mutex_);
  std::vector<Error> all;
  append(all, silent_.first, silent_.all);
  append(all, otherwise_.first, otherwise_.all);
  return all;
}

result<void> SourceFacts::measure(DeviceEntry& device, const media::SourceRegistry& sources) {
  std::unique_lock lock(mutex_);
  auto known = measured_.find(device.source);
  if (known == measured_.end()) {
    lock.unlock();
    Measured measured{device, success()};
    measured.outcome = plant::measure(measured.device, sources);
    lock.lock();
    known = measured_.emplace(device.source, std::move(measured)).first;
  }
  device.length = known->second.device.length;
  device.pictures = known->second.device.pictures;
  device.loops = known->second.device.loops;
  return known->second.outcome;
}

}  // namespace camfleet::plant
