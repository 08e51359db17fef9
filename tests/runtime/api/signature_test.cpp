#include "runtime/api/signature.hpp"

#include <gtest/gtest.h>

#include "runtime/api/digest.hpp"
#include "tests/runtime/api/signed_requests.hpp"

namespace camfleet::api {
namespace {

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

}  // namespace
}  // namespace camfleet::api
