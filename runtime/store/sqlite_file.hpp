#pragma once

#include <string>

#include "actors/base/error.hpp"

namespace camfleet::store {

/// Looks at the file of a store before SQLite does; true: its write-ahead log is there and holds something. A
/// file that is not there is fine. Errors: unsupported: no database (SQLite would write over a short file of
/// another kind); corrupt: it was cut off, or is empty and has a log, which SQLite would remove.
result<bool> look_at_file(const std::string& path);

inline auto no_database(const std::string& path) {
  return fail(Errc::unsupported, path, "is no SQLite database; give a file that camfleet made, or a new one");
}

}  // namespace camfleet::store
