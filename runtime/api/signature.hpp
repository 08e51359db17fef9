#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "actors/base/time.hpp"
#include "runtime/api/api_error.hpp"
#include "runtime/api/keys.hpp"
#include "runtime/api/nonces.hpp"
#include "runtime/api/request.hpp"

namespace camfleet::api {

/// Base64 of HMAC-SHA1 under `secret` + "&" over the string to sign of RPC 1.0: all parameters but Signature,
/// sorted by name, then value.
std::string rpc_signature(std::string_view method, const Parameters& parameters, std::string_view secret);

/// Lower-case hex of HMAC-SHA256 under `secret` over the string to sign of ACS3-HMAC-SHA256.
/// `signed_headers`: lower-case names, in the order of the Authorization header.
std::string acs3_signature(const Request& request, const std::vector<std::string>& signed_headers,
                           std::string_view content_sha256, std::string_view secret);

/// The time stamp may be off by so much either way.
inline constexpr Duration time_window = std::chrono::minutes(15);

/// Checks a request's signature: ACS3-HMAC-SHA256 where the Authorization header says so, else RPC 1.0 over
/// query and form together. `TimeStamp` is accepted for Timestamp. In this order: Missing<Name> 400
/// (AccessKeyId, Signature, SignatureMethod, SignatureVersion, SignatureNonce, Timestamp; of ACS3 the
/// x-acs-date, x-acs-signature-nonce and x-acs-content-sha256 headers, MissingParameter-like with the
/// header's name), InvalidSignatureMethod 400, InvalidTimeStamp.Format 400, InvalidTimeStamp.Expired 400,
/// InvalidAccessKeyId.NotFound 404, InvalidAccessKeyId.Inactive 400, SignatureDoesNotMatch 400 (with the
/// beginning of the string to sign, which is all of a usual one: the vendor's SDKs compare it),
/// SignatureNonceUsed 400 (last: a forged request uses up no nonce). Signatures are compared in constant
/// time. Messages as the vendor's gateway has them.
api_result<const Key*> verify(const Request& request, const Keys& keys, Nonces& nonces, Instant now);

/// Whether a request names a key that may be used, before its body has come: the parameters of its query and
/// of what is there of its form are looked at. Errors as verify's: MissingAccessKeyId,
/// InvalidAccessKeyId.NotFound, InvalidAccessKeyId.Inactive.
api_result<void> check_key(const Request& start, const Keys& keys);

/// True when the request is signed by ACS3.
bool is_acs3(const Request& request);

}  // namespace camfleet::api
