#pragma once

#include <string>
#include <string_view>
#include <utility>

#include <boost/outcome/basic_result.hpp>
#include <boost/outcome/policy/terminate.hpp>

namespace camfleet {

/// What went wrong, one code per kind of answer that a caller may give. `sentence` spells each out.
enum class Errc {
  missing_field,
  invalid_field,
  duplicate_field,
  unknown_id,
  bad_usage,
  not_found,
  forbidden,
  unreadable,
  unsupported,
  too_large,
  timed_out,
  unreachable,
  corrupt,
  ended,
  model,
  io,
  limit,
  broken_invariant,
};
inline constexpr std::size_t errc_count = static_cast<std::size_t>(Errc::broken_invariant) + 1;

/// One English sentence for the code, without a trailing full stop.
std::string_view sentence(Errc code);

/// An error as a value. `where` names the place (a field, a file and line, a URL); `what` says which value is
/// wrong and what would be right. Neither holds a password.
struct Error {
  Errc code;
  std::string where;
  std::string what;

  /// One line: "where: what", or the code's sentence when `what` is empty.
  [[nodiscard]] std::string line() const;
};

/// A value or an Error. Looking at the one that is not there ends the process: it is a defect of the caller.
template <class T>
using result =
    BOOST_OUTCOME_V2_NAMESPACE::basic_result<T, Error, BOOST_OUTCOME_V2_NAMESPACE::policy::terminate>;

/// A failure that converts to any `result<T>`.
inline auto fail(Errc code, std::string where, std::string what) {
  return BOOST_OUTCOME_V2_NAMESPACE::failure(Error{code, std::move(where), std::move(what)});
}

/// An error from further in, as it is: a failure that converts to any result whose errors are of its kind.
template <class E>
auto pass(E&& error) {
  return BOOST_OUTCOME_V2_NAMESPACE::failure(std::forward<E>(error));
}

/// The same error seen from further out: `outer` is put before its place ("file.yaml: Devices[2].DeviceId").
Error within(std::string_view outer, Error error);

inline auto success() {
  return BOOST_OUTCOME_V2_NAMESPACE::success();
}

}  // namespace camfleet

#define CAMFLEET_JOIN_(a, b) a##b
#define CAMFLEET_JOIN(a, b) CAMFLEET_JOIN_(a, b)
#define CAMFLEET_TRY_VALUE(name, declaration, ...)                                            \
  auto name = (__VA_ARGS__);                                                                  \
  if (!name.has_value()) return BOOST_OUTCOME_V2_NAMESPACE::failure(std::move(name).error()); \
  declaration = std::move(name).value()

/// `CAMFLEET_TRY(auto x, expression);` names the value of a result, or returns its error from the function.
#define CAMFLEET_TRY(declaration, ...) \
  CAMFLEET_TRY_VALUE(CAMFLEET_JOIN(camfleet_try_, __COUNTER__), declaration, __VA_ARGS__)

/// `CAMFLEET_CHECK(expression);` the same for a result without a value.
#define CAMFLEET_CHECK(...)                                             \
  if (auto camfleet_check = (__VA_ARGS__); !camfleet_check.has_value()) \
  return BOOST_OUTCOME_V2_NAMESPACE::failure(std::move(camfleet_check).error())
