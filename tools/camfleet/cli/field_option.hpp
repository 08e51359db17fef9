#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "actors/base/error.hpp"

namespace camfleet::cli {

/// What came of reading an option as a field of the API; the place of an error names the option instead of
/// the field: "ScheduleTimes[0].StartTime" becomes "--times[0].StartTime".
template <class T>
result<T> for_option(std::string_view field, std::string_view option, result<T> read) {
  if (read.has_value()) return read;
  Error error = std::move(read).error();
  if (error.where.starts_with(field)) {
    error.where.replace(0, field.size(), option);
  } else {
    error = within(option, std::move(error));
  }
  return pass(std::move(error));
}

}  // namespace camfleet::cli
