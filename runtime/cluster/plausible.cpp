#include "runtime/cluster/plausible.hpp"

namespace camfleet::cluster {
namespace {

/// Beyond every slice.
constexpr std::uint32_t max_samples = 100'000'000;
constexpr Duration max_slice = hours(24 * 400);

bool is_span(Duration span) {
  return span >= Duration(0) && span <= max_slice;
}
bool is_near(Instant at, Instant now) {
  return at > now - max_slice && at < now + hours(24);
}

}  // namespace

bool is_plausible(const SliceAccount& account, Instant /*now*/) {
  std::uint64_t sum = std::uint64_t{account.analysed} + account.gated;
  for (const std::uint32_t dropped : account.dropped) sum += dropped;
  return account.due <= max_samples && sum <= account.due;
}
bool is_plausible(const KeptSliceName& kept, Instant now) {
  return is_near(kept.slice_due_at, now) && kept.due_at >= kept.slice_due_at && is_near(kept.due_at, now);
}
bool is_plausible(const SliceProgress& progress, Instant now) {
  return is_span(progress.observed) && (!progress.started || is_near(progress.started_at, now));
}
bool is_plausible(const SliceDone& done, Instant now) {
  return is_span(done.planned) && is_span(done.observed) && is_near(done.ended_at, now) &&
         (!done.started || is_near(done.started_at, now));
}

}  // namespace camfleet::cluster
