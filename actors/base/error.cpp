#include "actors/base/error.hpp"

namespace camfleet {

std::string_view sentence(Errc code) {
  switch (code) {
    case Errc::missing_field:
      return "a required field is absent";
    case Errc::invalid_field:
      return "a field has a value that is not allowed";
    case Errc::duplicate_field:
      return "a field is given twice with different values";
    case Errc::unknown_id:
      return "an id is not known";
    case Errc::bad_usage:
      return "the command line is wrong";
    case Errc::not_found:
      return "a file, folder or address does not exist or cannot be reached";
    case Errc::forbidden:
      return "a file exists, but there is no right to read it";
    case Errc::unreadable:
      return "a file exists but cannot be read";
    case Errc::unsupported:
      return "a form, codec or scheme is not supported";
    case Errc::too_large:
      return "a size is beyond its stated limit";
    case Errc::unreachable:
      return "cannot be reached";
    case Errc::timed_out:
      return "an answer did not come before its deadline";
    case Errc::corrupt:
      return "data is damaged";
    case Errc::ended:
      return "the source has no more frames";
    case Errc::model:
      return "a model is missing or cannot be loaded or run";
    case Errc::io:
      return "reading or writing failed";
    case Errc::limit:
      return "a limit was reached";
    case Errc::broken_invariant:
      return "the accounts do not add up";
  }
  return "unknown error";
}

std::string Error::line() const {
  const std::string text = what.empty() ? std::string(sentence(code)) : what;
  return where.empty() ? text : where + ": " + text;
}

Error within(std::string_view outer, Error error) {
  if (error.where.empty()) {
    error.where = outer;
  } else if (!outer.empty()) {
    error.where = std::string(outer) + ": " + error.where;
  }
  return error;
}

}  // namespace camfleet
