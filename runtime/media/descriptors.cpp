#include "runtime/media/descriptors.hpp"

#include <algorithm>
#include <cerrno>
#include <string>

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

namespace camfleet::media {

result<void> check_descriptors() {
  constexpr rlim_t most_kept = 32;
  rlimit allowed{};
  if (::getrlimit(RLIMIT_NOFILE, &allowed) != 0) return success();
  // The lowest number that is free: about as many are in use.
  const int next = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  const int reason = errno;
  if (next >= 0) ::close(next);
  const rlim_t kept = std::min(most_kept, allowed.rlim_cur / 8);
  const bool is_used_up = next < 0 && (reason == EMFILE || reason == ENFILE);
  const bool is_kept = next >= 0 && static_cast<rlim_t>(next) + kept >= allowed.rlim_cur;
  if (!is_used_up && !is_kept) return success();
  return fail(Errc::limit, "this machine",
              "no descriptor is left for another source: the process may have " +
                  std::to_string(allowed.rlim_cur) + "; raise ulimit -n, or LimitNOFILE of its unit");
}

}  // namespace camfleet::media
