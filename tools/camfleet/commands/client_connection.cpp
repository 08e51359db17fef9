#include "tools/camfleet/commands/client_connection.hpp"

#include <cstdlib>
#include <filesystem>
#include <string>
#include <system_error>
#include <utility>

#include "actors/base/text.hpp"
#include "runtime/api/keys.hpp"

namespace camfleet::cli {
namespace {

namespace fs = std::filesystem;

constexpr const char* secret_variable = "CAMFLEET_KEY_SECRET";

result<void> read_key(const Values& values, api::ApiClient& client) {
  if (values.has("keys")) {
    const std::string& file = values.text("keys");
    CAMFLEET_TRY(const api::Keys keys, api::Keys::load(file));
    const api::Key* key = values.has("key-id") ? keys.find(values.text("key-id")) : keys.first();
    if (key == nullptr && values.has("key-id"))
      return fail(Errc::unknown_id, "--key-id", quote(values.text("key-id")) + " is no key of " + file);
    if (key == nullptr) return fail(Errc::missing_field, file, "holds no key");
    client.key_id = key->id;
    client.secret = key->secret;
    return success();
  }
  if (!values.has("key-id")) return success();
  const char* secret = std::getenv(secret_variable);
  if (secret == nullptr || *secret == '\0')
    return fail(Errc::bad_usage, "--key-id",
                std::string("has no secret; set ") + secret_variable + ", or give --keys FILE");
  client.key_id = values.text("key-id");
  client.secret = secret;
  return success();
}

}  // namespace

std::vector<Option> with_connection(std::vector<Option> options) {
  const std::string group = "connection";
  options.push_back({.name = "json", .help = "the answer as it came, one JSON document"});
  options.push_back({.name = "endpoint",
                     .argument = "URL",
                     .help = "where the API is",
                     .default_value = "http://127.0.0.1:8080",
                     .group = group});
  options.push_back({.name = "key-id",
                     .argument = "ID",
                     .help = std::string("access key that signs; its secret is in ") + secret_variable +
                             " or in the keys file",
                     .group = group});
  options.push_back({.name = "keys",
                     .argument = "FILE",
                     .help = "keys file as serve has it; by default its first key signs",
                     .group = group});
  options.push_back({.name = "ca",
                     .argument = "FILE",
                     .help = "PEM certificates to trust beside the system's",
                     .group = group});
  return options;
}

result<api::ApiClient> client_of(const Values& values) {
  api::ApiClient client;
  auto endpoint = api::parse_endpoint(values.text("endpoint"));
  if (!endpoint.has_value()) return pass(within("--endpoint", endpoint.error()));
  client.endpoint = std::move(endpoint).value();
  CAMFLEET_CHECK(read_key(values, client));
  if (values.has("ca")) {
    client.http.ca = values.text("ca");
    std::error_code ignored;
    if (!fs::is_regular_file(client.http.ca, ignored))
      return fail(Errc::not_found, "--ca", quote(values.text("ca")) + " is no file");
  }
  return client;
}

}  // namespace camfleet::cli
