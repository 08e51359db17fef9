#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/api/api_error.hpp"
#include "runtime/api/reply.hpp"
#include "runtime/api/request.hpp"

namespace camfleet::api {

/// Who may ask for a path; see check_caller.
enum class Callers {
  same_site,     ///< whoever is no page of another site
  this_machine,  ///< besides, whoever calls it by a name or an address of loopback
};

/// One path of a server.
struct Route {
  using Respond = std::function<void(Reply)>;

  std::string_view path;
  std::vector<std::string_view> methods;  ///< that it takes; empty: it says itself what is wrong with others
  Callers callers = Callers::same_site;
  /// Answers once, from any thread; must not block.
  std::function<void(const Request& request, const Respond& respond)> answer;
  /// How many bytes a body may have, see HttpServer::Hooks; none: it takes no body beyond a small one.
  std::function<api_result<std::size_t>(const Request& start)> body_limit{};
};

/// The paths of a server.
class Routes {
 public:
  /// `unknown`: what is said of other paths.
  explicit Routes(std::vector<Route> routes,
                  std::string unknown = "Specified api is not found, please check your url and method.")
      : routes_(std::move(routes)), unknown_(std::move(unknown)) {}

  /// Errors: 403: it may not be asked for by this caller; 404: there is no such path; 405, with what is
  /// right.
  [[nodiscard]] api_result<const Route*> find(const Request& request) const;
  [[nodiscard]] api_result<std::size_t> body_limit(const Request& start) const;

 private:
  std::vector<Route> routes_;
  std::string unknown_;
};

/// A path whose bytes stay as they are while the process runs. A client that has them is told so by their
/// tag, and gets them no second time (RFC 9110, section 13.1.2).
Route static_route(std::string_view path, Callers callers, std::string content_type, std::string bytes);

}  // namespace camfleet::api
