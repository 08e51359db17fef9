#pragma once

#include <vector>

#include "actors/base/error.hpp"
#include "runtime/api/api_client.hpp"
#include "tools/camfleet/cli/options.hpp"

namespace camfleet::cli {

/// The options of a command that calls the API: those of its own, how the answer is shown, and whom it asks.
std::vector<Option> with_connection(std::vector<Option> options);

/// The client that these options describe. Errors: those of reading the endpoint's URL and the keys file;
/// unknown_id: no such key; bad_usage: a key without its secret; not_found: no such CA file.
result<api::ApiClient> client_of(const Values& values);

}  // namespace camfleet::cli
