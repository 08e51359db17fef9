#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "actors/base/error.hpp"
#include "runtime/cluster/ended_slice.hpp"
#include "runtime/cluster/result.hpp"
#include "runtime/store/sqlite_connection.hpp"

namespace camfleet::cluster {

/// The file of a ResultSpool. One thread at a time; throws SQLite::Exception.
class SpoolFile {
 public:
  struct Size {
    std::uint64_t results = 0;
    std::uint64_t bytes = 0;  ///< of their records and pictures
  };
  struct GivenWay {
    std::uint64_t pictures = 0;
    std::uint64_t findings = 0;
  };
  /// What is written together, in this order.
  struct Group {
    std::vector<Result> results;
    std::vector<EndedSlice> ended;
    std::vector<EndedSlice> forgotten;  ///< without their records
  };

  explicit SpoolFile(const std::string& path);
  /// Makes what is not there. Errors: unsupported.
  result<void> begin();

  [[nodiscard]] std::uint64_t id() const { return id_; }
  [[nodiscard]] std::uint64_t acknowledged() const { return acknowledged_; }
  [[nodiscard]] Size size() const { return size_; }
  /// Of what is there, or was acknowledged.
  [[nodiscard]] std::uint64_t last_number();

  /// Beyond `most` bytes the oldest pictures give way, then the oldest findings.
  GivenWay write(const Group& group, std::uint64_t most);
  /// As ResultSpool has it; this and those that follow.
  [[nodiscard]] std::vector<Result> read(std::uint64_t after, std::uint64_t bytes);
  void acknowledge(std::uint64_t number);
  std::uint64_t belong_to(std::uint64_t fleet);
  [[nodiscard]] std::uint64_t fleet();
  [[nodiscard]] std::vector<EndedSlice> ended();
  /// After a write that failed.
  void recount();

 private:
  void put(const Group& group);
  GivenWay make_room(std::uint64_t most);
  /// Of the oldest, until so many bytes are free.
  struct Dropped {
    std::uint64_t bytes;
    std::uint64_t count;
  };
  Dropped drop(std::uint64_t bytes, const std::string& size, const char* how);

  std::string path_;
  store::Connection connection_;
  std::uint64_t id_ = 0;
  std::uint64_t acknowledged_ = 0;
  Size size_;
};

}  // namespace camfleet::cluster
