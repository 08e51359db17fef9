#include "runtime/api/dispatcher.hpp"

#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace camfleet::api {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

/// A dispatcher that no service is behind yet.
class DispatcherTest : public ::testing::Test {
 protected:
  Reply ask(const std::string& path, const Parameters& form = {}) {
    Request request;
    request.method = "POST";
    request.path = path;
    request.headers = {{"host", "127.0.0.1:8080"}};
    request.form = form;
    Reply got;
    dispatcher_.handle(request, [&](Reply reply) { got = std::move(reply); });
    return got;
  }

  std::ostringstream out_;
  std::unique_ptr<logging::Log> log_ =
      std::make_unique<logging::Log>(out_, logging::Log::Settings{.level = logging::Level::debug});
  service::Metrics metrics_;
  Dispatcher dispatcher_{
      Keys(), {.calls = {.unsigned_calls = true}}, [] { return Instant(); }, {log_.get(), &metrics_}};
};

TEST_F(DispatcherTest, IsAliveButNotReadyBeforeItServesAndWhenItIsRetired) {
  EXPECT_EQ(ask("/healthz").status, 200U);
  EXPECT_EQ(ask("/readyz").status, 503U);
  EXPECT_EQ(ask("/readyz").body, "not ready: starting\n");
  EXPECT_EQ(ask("/metrics").status, 200U);
  dispatcher_.retire();
  EXPECT_EQ(ask("/healthz").status, 200U);
  EXPECT_EQ(ask("/readyz").status, 503U);
  EXPECT_EQ(ask("/readyz").body, "not ready: stopping\n");
}

TEST_F(DispatcherTest, RefusesCallsInTheirFormatUntilItServes) {
  const Reply json = ask("/", {{"Action", "ListInstances"}, {"Format", "JSON"}});
  EXPECT_EQ(json.status, 503U);
  EXPECT_THAT(json.body, HasSubstr(R"("Code":"ServiceUnavailable")"));
  EXPECT_THAT(json.body, HasSubstr("starting"));
  dispatcher_.retire();
  const Reply xml = ask("/", {{"Action", "ListInstances"}});
  EXPECT_EQ(xml.status, 503U);
  EXPECT_THAT(xml.body, HasSubstr("<Code>ServiceUnavailable</Code>"));
  EXPECT_THAT(xml.body, HasSubstr("stopping"));
}

TEST_F(DispatcherTest, CountsAndLogsNothingThatACallerChose) {
  for (const char* secret : {"s3cret-action", "s3cret\nforged"}) {
    const Parameters form{{"Action", secret},
                          {"AccessKeyId", secret},
                          {"Signature", secret},
                          {"Password", secret},
                          {secret, secret}};
    ask("/", form);
    ask("/" + std::string(secret), form);
  }
  static_cast<void>(dispatcher_.hooks().refuse({408, "RequestTimeout", "late"}));
  const std::string counted = metrics_.text();
  EXPECT_THAT(counted, HasSubstr(R"(calls_total{action="unknown",code="ServiceUnavailable"} 4)"));
  EXPECT_THAT(counted, HasSubstr(R"(calls_total{action="unknown",code="RequestTimeout"} 1)"));
  EXPECT_THAT(counted, Not(HasSubstr("s3cret")));
  log_.reset();
  EXPECT_THAT(out_.str(),
              HasSubstr("warn api call failed action=unknown code=ServiceUnavailable status=503 ms="));
  EXPECT_THAT(out_.str(), HasSubstr("debug api call action=unknown code=ServiceUnavailable status=503 ms="));
  EXPECT_THAT(out_.str(), Not(HasSubstr("s3cret")));
}

}  // namespace
}  // namespace camfleet::api
