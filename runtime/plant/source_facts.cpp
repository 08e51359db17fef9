#include "runtime/plant/source_facts.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <system_error>
#include <thread>
#include <utility>

#include "runtime/media/source_url.hpp"
#include "runtime/plant/footage.hpp"

namespace camfleet::plant {
namespace {

constexpr std::size_t most_asked_at_once = 32;

}  // namespace

std::vector<SourceFacts::Asked> SourceFacts::open_questions(std::span<const std::string> sources,
                                                            const media::SourceRegistry& registry) const {
  std::vector<Asked> questions;
  const std::lock_guard lock(mutex_);
  for (const std::string& source : sources) {
    if (kinds_.contains(source)) continue;
    auto url = media::parse_source_url(source);
    if (!url.has_value()) continue;
    const auto traits = registry.traits_of(url.value());
    if (!traits.has_value() || !traits.value().is_guess) continue;
    questions.push_back({std::move(url).value(), plant::kind_of(traits.value())});
  }
  return questions;
}

void SourceFacts::ask(std::span<const std::string> sources, const media::SourceRegistry& registry) {
  const std::vector<Asked> questions = open_questions(sources, registry);
  if (questions.empty()) return;
  const auto until = std::chrono::steady_clock::now() + ask_all_limit;
  std::atomic<std::size_t> next = 0;
  const auto work = [&] {
    for (std::size_t i = next++; i < questions.size(); i = next++) {
      const Duration left = until - std::chrono::steady_clock::now();
      if (left <= Duration(0)) return;
      take(questions[i], registry.ask_server(questions[i].url, std::min(ask_limit, left)));
    }
  };
  std::vector<std::thread> helpers;
  const std::size_t wanted = std::min(most_asked_at_once, questions.size()) - 1;
  helpers.reserve(wanted);
  try {
    while (helpers.size() < wanted) helpers.emplace_back(work);
  } catch (const std::system_error&) {
    // Fewer threads ask fewer at a time.
  }
  work();
  for (std::thread& helper : helpers) helper.join();
}

void SourceFacts::take(const Asked& asked, const result<media::SourceTraits>& said) {
  if (!said.has_value()) return;
  const DeviceKind kind = plant::kind_of(said.value());
  const std::lock_guard lock(mutex_);
  const bool is_first = kinds_.emplace(asked.url.secret_text, kind).second;
  if (!is_first || kind == asked.guess) return;
  surprises_.push_back(
      {Errc::unsupported, asked.url.text,
       kind == DeviceKind::live
           ? "is live, an MP4 without end, where its URL alone says recorded footage; the virtual world, "
             "which "
             "asks nobody, takes it for that"
           : "is recorded footage, where its URL alone says live; write #kind=mp4 behind it for the virtual "
             "world, which asks nobody"});
}

void SourceFacts::know(const std::string& source, DeviceKind kind) {
  const std::lock_guard lock(mutex_);
  kinds_.insert_or_assign(source, kind);
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
  return surprises_;
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
