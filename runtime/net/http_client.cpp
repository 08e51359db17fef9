#include "runtime/net/http_client.hpp"

#include <utility>

#include "runtime/net/http_handles.hpp"
#include "runtime/net/http_transfer.hpp"

namespace camfleet::net {
namespace {

/// How soon it sees that it must stop.
constexpr int look_ms = 100;

/// Connections that are kept for the next transfer: a playlist's and its segments'.
constexpr long kept_connections = 4;

/// Before any thread, as curl wants it.
[[maybe_unused]] const bool is_ready = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;

}  // namespace

HttpClient::HttpClient(Reach reach, MustStop must_stop)
    : reach_(std::move(reach)), must_stop_(std::move(must_stop)), handles_(std::make_unique<Handles>()) {}

HttpClient::~HttpClient() = default;

result<std::unique_ptr<HttpClient>> HttpClient::make(Reach reach, MustStop must_stop) {
  std::unique_ptr<HttpClient> client(new HttpClient(std::move(reach), std::move(must_stop)));
  Handles& handles = *client->handles_;
  handles.share.reset(curl_share_init());
  handles.multi.reset(curl_multi_init());
  if (handles.share == nullptr || handles.multi == nullptr)
    return fail(Errc::limit, "", "no memory or no descriptor for a connection");
  curl_share_setopt(handles.share.get(), CURLSHOPT_SHARE, CURL_LOCK_DATA_COOKIE);
  curl_multi_setopt(handles.multi.get(), CURLMOPT_MAXCONNECTS, kept_connections);
  return client;
}

result<void> HttpClient::go_on(const HttpTransfer& awaited) {
  CURLM* const multi = handles_->multi.get();
  int count = 0;
  curl_multi_perform(multi, &count);
  while (const CURLMsg* message = curl_multi_info_read(multi, &count)) {
    if (message->msg != CURLMSG_DONE) continue;
    HttpTransfer* transfer = nullptr;
    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &transfer);
    transfer->ended_ = static_cast<int>(message->data.result);
  }
  if (must_stop_()) return fail(Errc::timed_out, "", "took too long");
  if (!awaited.has_come()) curl_multi_poll(multi, nullptr, 0, look_ms, nullptr);
  return success();
}

}  // namespace camfleet::net
