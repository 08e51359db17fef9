#pragma once

#include <filesystem>
#include <string>

#include "tools/camfleet/bench/bench.hpp"

namespace camfleet::cli {

/// A folder of the temporary one that goes with it.
class BenchFolder {
 public:
  explicit BenchFolder(const std::string& name) : path_(std::filesystem::temp_directory_path() / name) {
    std::filesystem::remove_all(path_);
    std::filesystem::create_directories(path_);
  }
  ~BenchFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  BenchFolder(const BenchFolder&) = delete;
  BenchFolder& operator=(const BenchFolder&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// Records of slices over a link of a cluster: in envelopes, and a message each.
result<void> bench_envelopes(Figures& figures);

/// Findings with pictures of 50 KB, from a node's spool to the files of a service, beside a bare loop of
/// ZeroMQ with CURVE.
result<void> bench_results(Figures& figures);

}  // namespace camfleet::cli
