#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "runtime/cluster/ended_slice.hpp"
#include "runtime/cluster/records.hpp"

namespace camfleet::cluster {

/// Slices that had ended at a node in an earlier life of its process, until their rows are stored.
class FormerSlices {
 public:
  /// Hears of those that are gone.
  using Forgotten = std::function<void(const EndedSlice& slice)>;

  /// What is not as an ended slice should be is forgotten at once.
  FormerSlices(const std::vector<EndedSlice>& ended, const Forgotten& forgotten);

  [[nodiscard]] bool is_empty() const { return slices_.empty(); }
  /// Each by a name of its own, in the order of names.
  void tell(const std::function<void(const KeptSliceName& name)>& tell);
  /// What is to be said of one, if it was told by this name: NodeTroubles, SliceAccounts and its SliceDone.
  /// Null: it was not.
  [[nodiscard]] const std::vector<Record>* find(const std::string& instance, const std::string& device,
                                                Instant due_at, SliceIx name) const;
  /// Nobody wants what was told by this name.
  void cancel(const std::string& instance, SliceIx name);
  /// Its row is stored, or nobody wants it.
  void forget(const std::string& instance, const std::string& device, Instant due_at);
  void forget_instance(const std::string& instance);
  void forget_all();

 private:
  using Key = std::tuple<std::string, std::string, Instant>;
  struct Slice {
    KeptSliceName name;
    std::vector<Record> records;
  };
  template <class Is>
  void forget_if(Is is);

  Forgotten forgotten_;
  std::map<Key, Slice> slices_;
  std::uint32_t names_ = 0;
};

}  // namespace camfleet::cluster
