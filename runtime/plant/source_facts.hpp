#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "actors/plan/roster.hpp"
#include "runtime/media/registry.hpp"

namespace camfleet::plant {

/// How long all servers together are asked.
inline constexpr Duration ask_all_limit = seconds(10);

/// What was found out about sources beyond their URLs, by URL: what they are, as their servers said, and how
/// long their footage is. Each is asked and read once. Thread-safe; nobody waits for another's reading.
class SourceFacts {
 public:
  /// Asked again and again; true ends the asking.
  using MustStop = std::function<bool()>;

  /// Asks the servers of those whose URLs leave open what they are, 64 at a time, each server that has been
  /// silent only once. Who does not answer, or has not been asked when ask_all_limit is over, is what its URL
  /// says, and live in doubt. False: it must stop, and did.
  bool ask(std::span<const std::string> sources, const media::SourceRegistry& registry,
           const MustStop& must_stop = {});

  /// What a device of this URL is.
  [[nodiscard]] DeviceKind kind_of(const media::SourceUrl& url, const media::SourceRegistry& registry) const;

  /// For who reads the log: the first few whose servers said another kind than the URL alone does, or
  /// nothing, and how many others did.
  [[nodiscard]] std::vector<Error> surprises() const;

  /// See plant::measure.
  result<void> measure(DeviceEntry& device, const media::SourceRegistry& sources);

 private:
  struct Question {
    media::SourceUrl url;
    DeviceKind guess = DeviceKind::live;
  };
  struct Measured {
    DeviceEntry device;  ///< one with that source
    result<void> outcome;
  };
  /// The first few of one sort, and how many there are.
  struct Told {
    std::vector<Error> first;
    std::size_t all = 0;
    void add(Error error);
  };
  class Asking;

  /// Of these, those whose servers are to be asked, each once.
  [[nodiscard]] std::vector<Question> open_questions(std::span<const std::string> sources,
                                                     const media::SourceRegistry& registry) const;
  void take(const Question& question, const result<media::SourceTraits>& said);

  mutable std::mutex mutex_;
  std::map<std::string, DeviceKind, std::less<>> kinds_;
  Told otherwise_;
  Told silent_;
  std::map<std::string, Measured, std::less<>> measured_;
};

}  // namespace camfleet::plant
