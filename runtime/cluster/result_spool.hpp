#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "actors/base/error.hpp"
#include "runtime/cluster/ended_slice.hpp"
#include "runtime/cluster/result.hpp"

namespace camfleet::cluster {

/// What a node has found and the scheduler has not acknowledged yet, and the slices that have ended there and
/// have no row yet, in a file: it outlives the node's process. Beyond its limit the oldest pictures give way,
/// then the oldest findings; both are counted. Ended slices never do. Thread-safe.
class ResultSpool {
 public:
  struct Limits {
    std::uint64_t bytes = 1ULL << 30U;           ///< of records and pictures
    std::uint64_t waiting_bytes = 64ULL << 20U;  ///< of pictures that wait to be written
  };
  struct Counts {
    std::uint64_t results = 0;  ///< that are there
    std::uint64_t bytes = 0;
    std::uint64_t pictures_lost = 0;
    std::uint64_t findings_lost = 0;
  };
  /// Everything up to this number is in the file. On a thread of the spool's.
  using Durable = std::function<void(std::uint64_t number)>;
  /// The file cannot be written. On a thread of the spool's.
  using Failed = std::function<void(const Error& error)>;

  /// Makes the file, or goes on with what is there. Errors: unsupported, corrupt (it is none), io.
  static result<std::unique_ptr<ResultSpool>> open(const std::string& path, const Limits& limits,
                                                   Durable durable, Failed failed);
  /// Once all that was added is written.
  ~ResultSpool();

  /// Tells its files apart: random, kept in the file.
  [[nodiscard]] std::uint64_t id() const;
  /// Takes a result, and answers its number; it is written within moments.
  std::uint64_t add(std::string record, std::vector<std::uint8_t> picture = {});
  /// The same of a slice that has ended, in the place of one that is called so. It is of no number that
  /// read() answers.
  std::uint64_t add(EndedSlice slice);
  /// Its row is stored, or nobody wants it; its records say nothing.
  void forget(EndedSlice slice);
  /// Ended slices that are there, and of which fleet they are, once all that was added is written.
  struct Former {
    std::uint64_t fleet = 0;
    std::vector<EndedSlice> ended;
  };
  [[nodiscard]] Former former();
  /// A picture could not be made small enough.
  void count_lost_picture();
  /// Up to which number everything is in the file.
  [[nodiscard]] std::uint64_t durable() const;
  /// The next ones after `number` that are in the file: at least one where there is one, then more up to
  /// `bytes`. Errors: io.
  [[nodiscard]] result<std::vector<Result>> read(std::uint64_t after, std::uint64_t bytes);
  /// Removes everything up to this number. Whether it is gone: the file may not be written now.
  bool acknowledge(std::uint64_t number);
  /// From now on it is of this fleet: what it has of another is nobody's, and dropped. Answers how many that
  /// were.
  std::uint64_t belong_to(std::uint64_t fleet);
  [[nodiscard]] Counts counts() const;

 private:
  class Impl;
  explicit ResultSpool(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace camfleet::cluster
