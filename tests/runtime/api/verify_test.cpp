#include <functional>
#include <map>
#include <memory>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "runtime/api/digest.hpp"
#include "runtime/api/form.hpp"
#include "runtime/api/signature.hpp"
#include "runtime/api/string_to_sign.hpp"
#include "tests/runtime/api/signed_requests.hpp"

namespace camfleet::api {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr std::string_view mismatch =
    "Specified signature is not matched with our calculation. server string to sign is:";
constexpr std::string_view secret = "testsecret";

class Verify : public testing::Test {
 protected:
  static Request rpc() {
    Request request;
    request.method = "POST";
    request.path = "/";
    request.form = create_compute_instance();
    request.headers = {{"x-acs-action", "CreateComputeInstance"}};
    return request;
  }

  /// Signs what is there, as a client would.
  static Request sign(Request request) {
    Parameters all = request.query;
    all.insert(all.end(), request.form.begin(), request.form.end());
    request.query.emplace_back("Signature", rpc_signature(request.method, all, secret));
    return request;
  }

  static Request acs3() {
    Request request = run_instances();
    request.headers.emplace_back("content-type", "application/x-www-form-urlencoded");
    request.body = "InstanceName=a";
    request.form = {{"InstanceName", "a"}};
    set(request, "x-acs-date", "2026-11-24T02:00:00Z");
    set(request, "x-acs-content-sha256", sha256_hex(request.body));
    return request;
  }

  static std::vector<std::string> acs3_names() {
    std::vector<std::string> names = run_instances_signed();
    names.insert(names.begin(), "content-type");
    return names;
  }

  static Request sign_acs3(Request request, const std::vector<std::string>& names = acs3_names()) {
    std::string list;
    for (const auto& name : names) list += (list.empty() ? "" : ";") + name;
    const std::string signature = acs3_signature(request, names, sha256_hex(request.body), secret);
    return authorize(std::move(request),
                     "ACS3-HMAC-SHA256 Credential=testid,SignedHeaders=" + list + ",Signature=" + signature);
  }

  static Request authorize(Request request, std::string value) {
    request.headers.emplace_back("authorization", std::move(value));
    return request;
  }

  static void set(Request& request, std::string_view name, const std::string& value) {
    for (auto& [key, old] : request.headers) {
      if (key == name) old = value;
    }
  }
  static void drop(Request& request, std::string_view name) {
    std::erase_if(request.headers, [&](const auto& pair) { return pair.first == name; });
  }
  static void set(Parameters& parameters, std::string_view name, const std::string& value) {
    for (auto& [key, old] : parameters) {
      if (key == name) old = value;
    }
  }
  static void drop(Parameters& parameters, std::string_view name) {
    std::erase_if(parameters, [&](const auto& pair) { return pair.first == name; });
  }

  void expect_fine(const Request& request) {
    const auto key = verify(request, keys_, *nonces_, now_);
    ASSERT_TRUE(key.has_value()) << key.error().code << ": " << key.error().message;
    EXPECT_EQ(key.value(), keys_.find("testid"));
  }

  void expect_refusal(const Request& request, unsigned status, std::string_view code,
                      std::string_view message) {
    const auto key = verify(request, keys_, *nonces_, now_);
    ASSERT_FALSE(key.has_value()) << code;
    EXPECT_EQ(key.error().status, status) << code;
    EXPECT_EQ(key.error().code, code);
    EXPECT_THAT(key.error().message, StartsWith(std::string(message)));
    if (message != mismatch) {
      EXPECT_EQ(key.error().message, message);
    }
    EXPECT_THAT(key.error().message, Not(HasSubstr(secret)));
  }

  void expect_mismatch(const Request& request) {
    expect_refusal(request, 400, "SignatureDoesNotMatch", mismatch);
  }

  Keys keys_ = Keys::parse(R"({"keys": [
    {"id": "testid", "secret": "testsecret", "projects": ["2"]},
    {"id": "off", "secret": "testsecret", "projects": ["2"], "active": false}]})",
                           "keys")
                   .value();
  std::unique_ptr<Nonces> nonces_ = std::make_unique<Nonces>();
  Instant now_ = parse_iso("2026-11-24T02:00:00Z").value();
};

TEST_F(Verify, TakesParametersOfQueryAndFormTogether) {
  expect_fine(sign(rpc()));
  Request query = rpc();
  set(query.form, "SignatureNonce", "nonce-2");
  query.query.swap(query.form);
  query.method = "GET";
  expect_fine(sign(query));
  Request mixed = rpc();
  set(mixed.form, "SignatureNonce", "nonce-3");
  mixed.query.assign(mixed.form.begin(), mixed.form.begin() + 5);
  mixed.form.erase(mixed.form.begin(), mixed.form.begin() + 5);
  mixed.query.emplace_back("SignatureType", "");
  mixed = sign(mixed);
  mixed.form.push_back(mixed.query.back());
  mixed.query.pop_back();
  expect_fine(mixed);
}

TEST_F(Verify, TakesTheOldSpellingOfTheTimeStamp) {
  Request request = rpc();
  drop(request.form, "Timestamp");
  request.form.emplace_back("TimeStamp", "2026-11-24T02:00:00Z");
  expect_fine(sign(request));
}

TEST_F(Verify, RefusesWhatIsMissing) {
  for (const std::string name :
       {"AccessKeyId", "SignatureMethod", "SignatureVersion", "SignatureNonce", "Timestamp"}) {
    Request request = rpc();
    set(request.form, name, "");
    expect_refusal(sign(request), 400, "Missing" + name, name + " is mandatory for this action.");
    drop(request.form, name);
    expect_refusal(sign(request), 400, "Missing" + name, name + " is mandatory for this action.");
  }
  expect_refusal(rpc(), 400, "MissingSignature", "Signature is mandatory for this action.");
  expect_refusal(Request(), 400, "MissingAccessKeyId", "AccessKeyId is mandatory for this action.");
  EXPECT_EQ(nonces_->size(), 0U);
}

struct Change {
  std::string_view name;
  std::string_view value;
  unsigned status;
  std::string_view code;
  std::string_view message;
};

TEST_F(Verify, RefusesWhatIsWrong) {
  const std::string_view format = "Specified time stamp or date value is not well formatted.";
  const std::string_view expired = "Specified time stamp or date value is expired.";
  const Change changes[] = {
      {"SignatureMethod", "HMAC-SHA256", 400, "InvalidSignatureMethod",
       "Specified signature method is not valid."},
      {"SignatureMethod", "hmac-sha1", 400, "InvalidSignatureMethod",
       "Specified signature method is not valid."},
      {"SignatureVersion", "2.0", 400, "InvalidSignatureVersion",
       "Specified parameter SignatureVersion is not valid."},
      {"Timestamp", "now", 400, "InvalidTimeStamp.Format", format},
      {"Timestamp", "2026-11-24T10:00:00+08:00", 400, "InvalidTimeStamp.Format", format},
      {"Timestamp", "2026-11-24T02:00:00.000Z", 400, "InvalidTimeStamp.Format", format},
      {"Timestamp", "2026-11-24 02:00:00", 400, "InvalidTimeStamp.Format", format},
      {"Timestamp", "2026-02-30T02:00:00Z", 400, "InvalidTimeStamp.Format", format},
      {"Timestamp", "2026-11-24T01:44:59Z", 400, "InvalidTimeStamp.Expired", expired},
      {"Timestamp", "2026-11-24T02:15:01Z", 400, "InvalidTimeStamp.Expired", expired},
      {"Timestamp", "1970-01-01T00:00:00Z", 400, "InvalidTimeStamp.Expired", expired},
      {"Timestamp", "2200-12-31T23:59:59Z", 400, "InvalidTimeStamp.Expired", expired},
      {"AccessKeyId", "nobody", 404, "InvalidAccessKeyId.NotFound", "Specified access key is not found."},
      {"AccessKeyId", "off", 400, "InvalidAccessKeyId.Inactive", "Specified access key is disabled."},
  };
  for (const Change& change : changes) {
    Request request = rpc();
    set(request.form, change.name, std::string(change.value));
    expect_refusal(sign(request), change.status, change.code, change.message);
  }
  EXPECT_EQ(nonces_->size(), 0U);
}

TEST_F(Verify, RefusesInTheOrderOfTheGateway) {
  Request request = rpc();
  set(request.form, "AccessKeyId", "nobody");
  set(request.form, "SignatureMethod", "x");
  set(request.form, "Timestamp", "x");
  request.query.emplace_back("Signature", "x");
  expect_refusal(request, 400, "InvalidSignatureMethod", "Specified signature method is not valid.");
  set(request.form, "SignatureMethod", "HMAC-SHA1");
  expect_refusal(request, 400, "InvalidTimeStamp.Format",
                 "Specified time stamp or date value is not well formatted.");
  set(request.form, "Timestamp", "2026-11-23T02:00:00Z");
  expect_refusal(request, 400, "InvalidTimeStamp.Expired", "Specified time stamp or date value is expired.");
  set(request.form, "Timestamp", "2026-11-24T02:00:00Z");
  expect_refusal(request, 404, "InvalidAccessKeyId.NotFound", "Specified access key is not found.");
}

TEST_F(Verify, TakesATimeStampAQuarterOfAnHourEitherWay) {
  const Instant stamp = now_;
  const Request request = sign(rpc());
  for (const Duration off : {-time_window, time_window}) {
    now_ = stamp + off;
    nonces_ = std::make_unique<Nonces>();
    expect_fine(request);
    now_ += off / std::abs(off.count());
    expect_refusal(request, 400, "InvalidTimeStamp.Expired",
                   "Specified time stamp or date value is expired.");
  }
}

TEST_F(Verify, TellsTheStringToSignOfWhatDoesNotMatch) {
  Request request = sign(rpc());
  request.method = "GET";
  std::map<std::string, std::string> sorted;
  for (const auto& [name, value] : create_compute_instance()) sorted.emplace(name, value);
  std::string text;
  for (const auto& [name, value] : sorted) text += "&" + name + "=" + percent_encode(value);
  text = std::string(mismatch) + "GET&%2F&" + percent_encode(text.substr(1));
  expect_refusal(request, 400, "SignatureDoesNotMatch", text);
}

TEST_F(Verify, QuotesOfALongStringToSignItsBeginning) {
  Request request = sign(rpc());
  request.form.emplace_back("Long", std::string(100'000, '&'));
  const auto said = verify(request, keys_, *nonces_, now_);
  ASSERT_FALSE(said.has_value());
  EXPECT_EQ(said.error().code, "SignatureDoesNotMatch");
  EXPECT_THAT(said.error().message, StartsWith(std::string(mismatch) + "POST&%2F&"));
  EXPECT_EQ(said.error().message.size(), mismatch.size() + DigestedText::kept + std::string("…").size());
}

TEST_F(Verify, RefusesWhatWasChangedAfterSigning) {
  const std::function<void(Request&)> changes[] = {
      [](Request& request) { set(request.form, "ProjectId", "3"); },
      [](Request& request) { request.form.emplace_back("Extra", ""); },
      [](Request& request) { request.query.emplace_back("ProjectId", "2"); },
      [](Request& request) { set(request.form, "SignatureNonce", "nonce-2"); },
      [](Request& request) { request.query.back().second[0] ^= 1; },
      [](Request& request) { request.query.back().second.pop_back(); },
      [](Request& request) { request.query.back().second += "="; },
  };
  for (const auto& change : changes) {
    Request request = sign(rpc());
    change(request);
    expect_mismatch(request);
  }
  EXPECT_EQ(nonces_->size(), 0U) << "a forged request uses up no nonce";
  expect_fine(sign(rpc()));
}

TEST_F(Verify, TakesANonceOnce) {
  const Request request = sign(rpc());
  expect_fine(request);
  expect_refusal(request, 400, "SignatureNonceUsed", "Specified signature nonce was used already.");
  now_ += minutes(15);
  expect_refusal(request, 400, "SignatureNonceUsed", "Specified signature nonce was used already.");
}

TEST_F(Verify, TakesAcs3) {
  const Request request = sign_acs3(acs3());
  EXPECT_TRUE(is_acs3(request));
  EXPECT_FALSE(is_acs3(sign(rpc())));
  expect_fine(request);
  expect_refusal(request, 400, "SignatureNonceUsed", "Specified signature nonce was used already.");
}

TEST_F(Verify, TakesTheVendorsAcs3ExampleOrTellsItsStringToSign) {
  const Request request = authorize(
      run_instances(),
      "ACS3-HMAC-SHA256 Credential=YourAccessKeyId, SignedHeaders=Host;x-acs-action;x-acs-content-sha256;"
      "x-acs-date;x-acs-signature-nonce;x-acs-version, Signature=" +
          std::string(run_instances_signature));
  now_ = parse_iso("2023-10-26T10:22:32Z").value();
  keys_ = Keys::parse("keys: [{id: YourAccessKeyId, secret: other, projects: ['*']}]", "keys").value();
  expect_refusal(request, 400, "SignatureDoesNotMatch",
                 std::string(mismatch) +
                     "ACS3-HMAC-SHA256\n7ea06492da5221eba5297e897ce16e55f964061054b7695beedaac1145b1e259");
  keys_ = Keys::parse("keys: [{id: YourAccessKeyId, secret: YourAccessKeySecret, projects: ['*']}]", "keys")
              .value();
  EXPECT_TRUE(verify(request, keys_, *nonces_, now_).has_value());
}

TEST_F(Verify, RefusesWhatIsMissingOfAcs3) {
  for (const std::string name : {"x-acs-date", "x-acs-signature-nonce", "x-acs-content-sha256"}) {
    Request request = acs3();
    set(request, name, " ");
    const std::string message =
        "The input parameter \"" + name + "\" that is mandatory for processing this request is not supplied";
    expect_refusal(sign_acs3(request), 400, "MissingParameter", message);
    drop(request, name);
    expect_refusal(sign_acs3(request), 400, "MissingParameter", message);
  }
  const std::pair<std::string, std::string> headers[] = {
      {"ACS3-HMAC-SHA256", "AccessKeyId"},
      {"ACS3-HMAC-SHA256 SignedHeaders=host,Signature=1", "AccessKeyId"},
      {"ACS3-HMAC-SHA256 Credential=,SignedHeaders=host,Signature=1", "AccessKeyId"},
      {"ACS3-HMAC-SHA256 Credential=testid,SignedHeaders=host", "Signature"},
      {"ACS3-HMAC-SHA256 Credential=testid,,=,Signature=1", "SignedHeaders"},
  };
  for (const auto& [header, name] : headers)
    expect_refusal(authorize(acs3(), header), 400, "Missing" + name, name + " is mandatory for this action.");
}

TEST_F(Verify, RefusesWhatIsWrongOfAcs3) {
  const std::string rest = " Credential=testid,SignedHeaders=host,Signature=1";
  for (const char* algorithm : {"ACS3-RSA-SHA256", "ACS3-HMAC-SM3", "ACS3-HMAC-SHA256X", "ACS3-"})
    expect_refusal(authorize(acs3(), algorithm + rest), 400, "InvalidSignatureMethod",
                   "Specified signature method is not valid.");
  Request request = acs3();
  set(request, "x-acs-date", "20261124T020000Z");
  expect_refusal(sign_acs3(request), 400, "InvalidTimeStamp.Format",
                 "Specified time stamp or date value is not well formatted.");
  set(request, "x-acs-date", "2026-11-24T01:44:59Z");
  expect_refusal(sign_acs3(request), 400, "InvalidTimeStamp.Expired",
                 "Specified time stamp or date value is expired.");
  expect_refusal(authorize(acs3(), "ACS3-HMAC-SHA256 Credential=nobody,SignedHeaders=host,Signature=1"), 404,
                 "InvalidAccessKeyId.NotFound", "Specified access key is not found.");
  expect_refusal(authorize(acs3(), "ACS3-HMAC-SHA256 Credential=off,SignedHeaders=host,Signature=1"), 400,
                 "InvalidAccessKeyId.Inactive", "Specified access key is disabled.");
}

TEST_F(Verify, RefusesAcs3ThatWasChangedAfterSigning) {
  const std::function<void(Request&)> changes[] = {
      [](Request& request) { request.body = "InstanceName=b"; },
      [](Request& request) {
        request.body = "InstanceName=b";
        set(request, "x-acs-content-sha256", sha256_hex(request.body));
      },
      [](Request& request) { request.method = "PUT"; },
      [](Request& request) { request.path = "/other"; },
      [](Request& request) { request.query.emplace_back("Extra", ""); },
      [](Request& request) { set(request, "x-acs-action", "Other"); },
      [](Request& request) { set(request, "x-acs-signature-nonce", "other"); },
      [](Request& request) { drop(request, "content-type"); },
      [](Request& request) { request.headers.emplace_back("x-acs-extra", "1"); },
      [](Request& request) { request.headers.back().second.back() ^= 1; },
      [](Request& request) { request.headers.back().second.pop_back(); },
  };
  for (const auto& change : changes) {
    Request request = sign_acs3(acs3());
    change(request);
    expect_mismatch(request);
  }
  EXPECT_EQ(nonces_->size(), 0U);
  expect_fine(sign_acs3(acs3()));
}

TEST_F(Verify, RefusesAcs3ThatLeavesOneOfItsHeadersUnsigned) {
  for (const std::string name :
       {"x-acs-date", "x-acs-signature-nonce", "x-acs-content-sha256", "x-acs-action", "x-acs-version"}) {
    std::vector<std::string> names = acs3_names();
    std::erase(names, name);
    expect_mismatch(sign_acs3(acs3(), names));
  }
  std::vector<std::string> names = acs3_names();
  std::erase(names, "content-type");
  expect_fine(sign_acs3(acs3(), names));
}

}  // namespace
}  // namespace camfleet::api
