#include "runtime/api/signature.hpp"

#include <cstdlib>
#include <functional>
#include <map>
#include <memory>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "runtime/api/digest.hpp"
#include "runtime/api/form.hpp"
#include "runtime/api/string_to_sign.hpp"

namespace camfleet::api {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr std::string_view mismatch =
    "Specified signature is not matched with our calculation. server string to sign is:";
constexpr std::string_view empty_sha256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

Parameters describe_regions(const std::string& timestamp_name) {
  return {{timestamp_name, "2016-02-23T12:46:24Z"},
          {"Format", "XML"},
          {"AccessKeyId", "testid"},
          {"Action", "DescribeRegions"},
          {"SignatureMethod", "HMAC-SHA1"},
          {"SignatureNonce", "3ee8c1b8-83d3-44af-a94f-4e0ad82fd6cf"},
          {"Version", "2014-05-26"},
          {"SignatureVersion", "1.0"}};
}

TEST(RpcSignature, IsThatOfTheVendorsExample) {
  Parameters parameters = describe_regions("Timestamp");
  EXPECT_EQ(rpc_signature("GET", parameters, "testsecret"), "OLeaidS1JvxuMvnyHOwuJ+uX5qY=");
  parameters.emplace_back("Signature", "is not signed itself");
  EXPECT_EQ(rpc_signature("GET", parameters, "testsecret"), "OLeaidS1JvxuMvnyHOwuJ+uX5qY=");
}

TEST(RpcSignature, SignsTheOldSpellingOfTheTimeStampAsItCame) {
  EXPECT_EQ(rpc_signature("GET", describe_regions("TimeStamp"), "testsecret"),
            "CT9X0VtwR86fNWSnsc6v8YGOjuE=");
}

TEST(RpcSignature, IsThatOfTheVendorsExampleInChinese) {
  const Parameters parameters = {{"AccessKeyId", "testId"},
                                 {"Action", "SendSms"},
                                 {"Format", "XML"},
                                 {"OutId", "123"},
                                 {"PhoneNumbers", "15300000001"},
                                 {"RegionId", "cn-hangzhou"},
                                 {"SignName", "阿里云短信测试专用"},
                                 {"SignatureMethod", "HMAC-SHA1"},
                                 {"SignatureNonce", "45e25e9b-0a6f-4070-8c85-2956eda1b466"},
                                 {"SignatureVersion", "1.0"},
                                 {"TemplateCode", "SMS_71390007"},
                                 {"TemplateParam", R"({"customer":"test"})"},
                                 {"Timestamp", "2017-07-12T02:42:19Z"},
                                 {"Version", "2017-05-25"}};
  EXPECT_EQ(rpc_signature("GET", parameters, "testSecret"), "zJDF+Lrzhj/ThnlvIToysFRq6t4=");
}

Parameters create_compute_instance() {
  return {{"Action", "CreateComputeInstance"},
          {"Version", "2020-05-15"},
          {"Format", "JSON"},
          {"AccessKeyId", "testid"},
          {"SignatureMethod", "HMAC-SHA1"},
          {"SignatureVersion", "1.0"},
          {"SignatureNonce", "nonce-1"},
          {"Timestamp", "2026-11-24T02:00:00Z"},
          {"InstanceName", "这是一个任务"},
          {"AlgorithmType", "PICTURE"},
          {"ProjectId", "2"},
          {"Devices", R"([{"RegionId":"huadong","DeviceId":"1","BitRate":"4Mbps","CodingFormat":"H264",)"
                      R"("ResolvingPower":"1080p","StartStream":true}])"},
          {"Algorithms", R"([{"AlgorithmId":"1","AlgorithmName":"人脸算法"}])"},
          {"ScheduleType", "EVERYDAY"},
          {"ScheduleTimes", R"([{"StartTime":"10:00:00","EndTime":"11:00:00"}])"}};
}

TEST(RpcSignature, IsThatOfCreateComputeInstance) {
  EXPECT_EQ(rpc_signature("GET", create_compute_instance(), "testsecret"), "fIc+wEa4CoUL2kJI1Abp4ZxDFWg=");
  EXPECT_EQ(rpc_signature("POST", create_compute_instance(), "testsecret"), "I5a/hmjIJwdoXba9i6DCaqjOVXk=");
}

TEST(RpcSignature, SortsEqualNamesByValueAndKeepsTheEmpty) {
  EXPECT_EQ(rpc_signature("GET", {{"a", "2"}, {"a", "1"}}, "s"),
            rpc_signature("GET", {{"a", "1"}, {"a", "2"}}, "s"));
  EXPECT_NE(rpc_signature("GET", {{"a", "1"}, {"SignatureType", ""}}, "s"),
            rpc_signature("GET", {{"a", "1"}}, "s"));
}

Request run_instances() {
  Request request;
  request.method = "POST";
  request.path = "/";
  request.query = {{"RegionId", "cn-shanghai"},
                   {"ImageId", "win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd"}};
  request.headers = {
      {"host", "ecs.cn-shanghai.aliyuncs.com"}, {"user-agent", "any"},
      {"x-acs-action", "RunInstances"},         {"x-acs-content-sha256", std::string(empty_sha256)},
      {"x-acs-date", "2023-10-26T10:22:32Z"},   {"x-acs-signature-nonce", "3156853299f313e23d1673dc12e1703d"},
      {"x-acs-version", "2014-05-26"}};
  return request;
}

const std::vector<std::string>& run_instances_signed() {
  static const std::vector<std::string> names = {
      "host", "x-acs-action", "x-acs-content-sha256", "x-acs-date", "x-acs-signature-nonce", "x-acs-version"};
  return names;
}

constexpr std::string_view run_instances_signature =
    "06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0";

TEST(Acs3Signature, IsThatOfTheVendorsExample) {
  Request request = run_instances();
  EXPECT_EQ(sha256_hex(""), empty_sha256);
  EXPECT_EQ(acs3_signature(request, run_instances_signed(), empty_sha256, "YourAccessKeySecret"),
            run_instances_signature);
  request.headers[0].second = "  ecs.cn-shanghai.aliyuncs.com\t";
  request.path = "";
  EXPECT_EQ(acs3_signature(request, run_instances_signed(), empty_sha256, "YourAccessKeySecret"),
            run_instances_signature);
}

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
