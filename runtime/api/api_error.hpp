#pragma once

#include <string>
#include <utility>

#include <boost/outcome/basic_result.hpp>
#include <boost/outcome/policy/terminate.hpp>

namespace camfleet::api {

/// What a caller of the API is told: the HTTP status, the code and the message of the vendor's gateway.
struct ApiError {
  unsigned status = 500;
  std::string code;
  std::string message;
  std::string allow{};  ///< of 405: the methods that are right
};

template <class T>
using api_result =
    BOOST_OUTCOME_V2_NAMESPACE::basic_result<T, ApiError, BOOST_OUTCOME_V2_NAMESPACE::policy::terminate>;

/// A failure that converts to any api_result.
inline auto refuse(unsigned status, std::string code, std::string message, std::string allow = {}) {
  return BOOST_OUTCOME_V2_NAMESPACE::failure(
      ApiError{status, std::move(code), std::move(message), std::move(allow)});
}

}  // namespace camfleet::api
