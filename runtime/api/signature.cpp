#include "runtime/api/signature.hpp"

#include <algorithm>
#include <optional>
#include <vector>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "actors/base/text.hpp"
#include "runtime/api/base64.hpp"
#include "runtime/api/digest.hpp"
#include "runtime/api/string_to_sign.hpp"

namespace camfleet::api {
namespace {

constexpr std::string_view acs3_prefix = "ACS3-";
constexpr std::string_view acs3_algorithm = "ACS3-HMAC-SHA256";

/// What a request says of its signature; texts are as they were sent.
struct Claim {
  std::string key_id;
  std::string signature;
  std::string nonce;
  std::string timestamp;
  std::vector<std::string> signed_headers;  ///< of ACS3
};

using ParameterList = std::vector<const Parameters::value_type*>;

bool same(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

/// A signature as we calculate it, and the string that it is of, or how that begins.
struct Calculated {
  std::string signature;
  std::string string_to_sign;
};

Calculated sign_rpc(std::string_view method, ParameterList parameters, std::string_view secret) {
  std::erase_if(parameters, [](const auto* pair) { return pair->first == "Signature"; });
  DigestedText text(EVP_sha1(), std::string(secret) + "&");
  text.add(method);
  text.add("&%2F&");
  add_canonical(text, std::move(parameters), 2);
  return {base64(text.finish()), text.beginning()};
}

std::string_view trim(std::string_view text) {
  constexpr std::string_view blanks = " \t";
  const std::size_t begin = text.find_first_not_of(blanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(blanks) - begin + 1);
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (true) {
    const std::size_t cut = text.find(separator);
    parts.push_back(trim(text.substr(0, cut)));
    if (cut == std::string_view::npos) return parts;
    text.remove_prefix(cut + 1);
  }
}

Calculated sign_acs3(const Request& request, const std::vector<std::string>& signed_headers,
                     std::string_view content_sha256, std::string_view secret) {
  DigestedText canonical(EVP_sha256());
  canonical.add(request.method + "\n" + (request.path.empty() ? "/" : request.path) + "\n");
  add_canonical(canonical, pointers_to({&request.query}), 1);
  canonical.add("\n");
  std::string names;
  for (const std::string& name : signed_headers) {
    const std::string* value = request.header(name);
    canonical.add(name + ":");
    if (value != nullptr) canonical.add(trim(*value));
    canonical.add("\n");
    names += (names.empty() ? "" : ";") + name;
  }
  canonical.add("\n" + names + "\n");
  canonical.add(content_sha256);
  DigestedText text(EVP_sha256(), secret);
  text.add(std::string(acs3_algorithm) + "\n" + to_hex(canonical.finish()));
  return {to_hex(text.finish()), text.beginning()};
}

auto missing(std::string_view name) {
  return refuse(400, "Missing" + std::string(name), std::string(name) + " is mandatory for this action.");
}

auto missing_header(std::string_view name) {
  return refuse(400, "MissingParameter",
                "The input parameter \"" + std::string(name) +
                    "\" that is mandatory for processing this request is not supplied");
}

auto invalid_method() {
  return refuse(400, "InvalidSignatureMethod", "Specified signature method is not valid.");
}

/// The first one of that name that is not empty, or nullptr.
const std::string* find(const ParameterList& parameters, std::string_view name) {
  for (const auto* pair : parameters) {
    if (pair->first == name && !pair->second.empty()) return &pair->second;
  }
  return nullptr;
}

api_result<Claim> rpc_claim(const ParameterList& parameters) {
  for (const std::string_view name :
       {"AccessKeyId", "Signature", "SignatureMethod", "SignatureVersion", "SignatureNonce"}) {
    if (find(parameters, name) == nullptr) return missing(name);
  }
  const std::string* timestamp = find(parameters, "Timestamp");
  if (timestamp == nullptr) timestamp = find(parameters, "TimeStamp");
  if (timestamp == nullptr) return missing("Timestamp");
  if (*find(parameters, "SignatureMethod") != "HMAC-SHA1") return invalid_method();
  if (*find(parameters, "SignatureVersion") != "1.0")
    return refuse(400, "InvalidSignatureVersion", "Specified parameter SignatureVersion is not valid.");
  return Claim{*find(parameters, "AccessKeyId"),
               *find(parameters, "Signature"),
               *find(parameters, "SignatureNonce"),
               *timestamp,
               {}};
}

/// The names that the client lists, and every other x-acs-* header: one that was not signed could be changed
/// on the way or sent again, a nonce above all. With it in our calculation such a request does not match.
std::vector<std::string> headers_to_sign(const Request& request, std::string_view listed) {
  std::vector<std::string> names;
  for (const std::string_view name : split(listed, ';')) {
    std::string& lower = names.emplace_back(name);
    for (char& c : lower) {
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
  }
  for (const auto& [name, value] : request.headers) {
    if (name.starts_with("x-acs-") && std::ranges::find(names, name) == names.end()) names.push_back(name);
  }
  return names;
}

/// What an Authorization header says.
struct Authorization {
  std::string_view algorithm;
  std::string_view credential;
  std::string_view signature;
  std::string_view signed_headers;
};

Authorization authorization_of(const Request& request) {
  const std::string_view header = trim(*request.header("authorization"));
  Authorization said;
  said.algorithm = header.substr(0, header.find_first_of(" \t"));
  for (const std::string_view part : split(header.substr(said.algorithm.size()), ',')) {
    const std::size_t cut = part.find('=');
    if (cut == std::string_view::npos) continue;
    const std::string_view name = trim(part.substr(0, cut));
    const std::string_view value = trim(part.substr(cut + 1));
    if (name == "Credential") said.credential = value;
    if (name == "Signature") said.signature = value;
    if (name == "SignedHeaders") said.signed_headers = value;
  }
  return said;
}

api_result<Claim> acs3_claim(const Request& request) {
  const auto [algorithm, credential, signature, listed] = authorization_of(request);
  Claim claim;
  claim.key_id = credential;
  claim.signature = signature;
  if (claim.key_id.empty()) return missing("AccessKeyId");
  if (claim.signature.empty()) return missing("Signature");
  if (listed.empty()) return missing("SignedHeaders");
  for (const std::string_view name : {"x-acs-date", "x-acs-signature-nonce", "x-acs-content-sha256"}) {
    const std::string* value = request.header(name);
    if (value == nullptr || trim(*value).empty()) return missing_header(name);
  }
  if (algorithm != acs3_algorithm) return invalid_method();
  claim.nonce = trim(*request.header("x-acs-signature-nonce"));
  claim.timestamp = trim(*request.header("x-acs-date"));
  claim.signed_headers = headers_to_sign(request, listed);
  return claim;
}

api_result<void> check_time(std::string_view text, Instant now) {
  constexpr std::size_t length = std::string_view("2026-03-01T02:00:00Z").size();
  const auto at = parse_iso(text);
  if (!at || text.size() != length || text.back() != 'Z')
    return refuse(400, "InvalidTimeStamp.Format",
                  "Specified time stamp or date value is not well formatted.");
  if (at.value() < now - time_window || at.value() > now + time_window)
    return refuse(400, "InvalidTimeStamp.Expired", "Specified time stamp or date value is expired.");
  return success();
}

api_result<const Key*> usable(const Keys& keys, std::string_view id) {
  const Key* key = keys.find(id);
  if (key == nullptr) return refuse(404, "InvalidAccessKeyId.NotFound", "Specified access key is not found.");
  if (!key->active) return refuse(400, "InvalidAccessKeyId.Inactive", "Specified access key is disabled.");
  return key;
}

}  // namespace

std::string rpc_signature(std::string_view method, const Parameters& parameters, std::string_view secret) {
  return sign_rpc(method, pointers_to({&parameters}), secret).signature;
}

std::string acs3_signature(const Request& request, const std::vector<std::string>& signed_headers,
                           std::string_view content_sha256, std::string_view secret) {
  return sign_acs3(request, signed_headers, content_sha256, secret).signature;
}

api_result<void> check_key(const Request& start, const Keys& keys) {
  std::string_view id;
  if (is_acs3(start)) {
    id = authorization_of(start).credential;
  } else if (const std::string* named = find(pointers_to({&start.query, &start.form}), "AccessKeyId")) {
    id = *named;
  }
  if (id.empty()) return missing("AccessKeyId");
  CAMFLEET_CHECK(usable(keys, id));
  return success();
}

api_result<const Key*> verify(const Request& request, const Keys& keys, Nonces& nonces, Instant now) {
  const bool acs3 = is_acs3(request);
  const ParameterList parameters = acs3 ? ParameterList() : pointers_to({&request.query, &request.form});
  CAMFLEET_TRY(const Claim claim, acs3 ? acs3_claim(request) : rpc_claim(parameters));
  CAMFLEET_CHECK(check_time(claim.timestamp, now));
  CAMFLEET_TRY(const Key* const key, usable(keys, claim.key_id));
  // The hash of the body that came, not the one that the header claims.
  const Calculated ours =
      acs3 ? sign_acs3(request, claim.signed_headers, sha256_hex(request.body), key->secret)
           : sign_rpc(request.method, parameters, key->secret);
  if (!same(ours.signature, claim.signature))
    return refuse(400, "SignatureDoesNotMatch",
                  "Specified signature is not matched with our calculation. server string to sign is:" +
                      ours.string_to_sign);
  if (!nonces.use(key->id, claim.nonce, now))
    return refuse(400, "SignatureNonceUsed", "Specified signature nonce was used already.");
  return key;
}

bool is_acs3(const Request& request) {
  const std::string* header = request.header("authorization");
  return header != nullptr && trim(*header).starts_with(acs3_prefix);
}

}  // namespace camfleet::api
