#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "actors/base/error.hpp"
#include "runtime/store/store.hpp"

namespace SQLite {
class Database;
}

namespace camfleet::store {

/// "CamF": in the header of every file of ours.
inline constexpr std::int32_t application_id = 0x43616d46;

/// The statements that lead from one schema to the next: those at index i lead to version i + 1. What was
/// released stays as it is; new ones are added at the end.
std::span<const char* const> migrations();

/// The schema version of the file; 0 for an empty one. Changes nothing. Errors: unsupported: a later version,
/// another program's file. Throws SQLite::Exception.
result<std::int32_t> schema_version(SQLite::Database& database, const std::string& path);

/// Brings the file to the newest schema, each step whole or not at all. Errors and throws as above; ended: it
/// was given up.
result<void> migrate(SQLite::Database& database, const std::string& path, const Opening& opening = {});

}  // namespace camfleet::store
