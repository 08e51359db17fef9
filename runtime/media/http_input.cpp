#include "runtime/media/http_input.hpp"

#include <cerrno>
#include <utility>

#include "runtime/media/http_file.hpp"
#include "runtime/media/source_url.hpp"
#include "runtime/net/http_url.hpp"

namespace camfleet::media {

result<std::vector<net::NamedHost>> named_hosts(const SourceUrl& url) {
  const auto found = url.query.find("hosts");
  if (found == url.query.end()) return std::vector<net::NamedHost>();
  return net::parse_hosts(found->second, url.text);
}

result<std::unique_ptr<net::HttpClient>> http_client_of(const SourceUrl& url,
                                                        std::function<bool()> must_stop) {
  CAMFLEET_TRY(auto named, named_hosts(url));
  const auto own = net::parse_http_url(address_of(url));
  if (!own.has_value()) return fail(Errc::invalid_field, url.text, "is no URL that can be asked for");
  auto client = net::HttpClient::make(net::Reach(own.value().host, std::move(named)), std::move(must_stop));
  if (!client.has_value()) return fail(client.error().code, url.text, client.error().what);
  return client;
}

result<std::unique_ptr<HttpInput>> HttpInput::make(const SourceUrl& url, std::function<bool()> must_stop,
                                                   std::int64_t most_bytes) {
  CAMFLEET_TRY(auto client, http_client_of(url, must_stop));
  return std::unique_ptr<HttpInput>(new HttpInput(std::move(client), std::move(must_stop), most_bytes));
}

HttpInput::~HttpInput() {
  close(first_);
}

int HttpInput::open(AVFormatContext& context, const std::string& address) {
  context.opaque = this;
  context.io_open = [](AVFormatContext* self, AVIOContext** into, const char* url, int flags,
                       AVDictionary** options) {
    if ((flags & AVIO_FLAG_WRITE) != 0) return AVERROR(EPERM);
    return static_cast<HttpInput*>(self->opaque)
        ->open_file(into, url, options == nullptr ? nullptr : *options);
  };
  context.io_close2 = [](AVFormatContext*, AVIOContext* io) {
    close(io);
    return 0;
  };
  close(std::exchange(first_, nullptr));
  const int code = open_file(&first_, address, nullptr);
  context.pb = first_;
  return code;
}

int HttpInput::open_file(AVIOContext** into, const std::string& address, AVDictionary* options) {
  const PlaylistPlace place = std::exchange(is_first_, false) ? PlaylistPlace::first : PlaylistPlace::further;
  auto file = std::make_unique<HttpFile>(HttpFileParts{*client_, bytes_, must_stop_, refusal_}, place);
  const int code = file->open(address, options);
  if (code < 0) return code;
  *into = HttpFile::to_io(std::move(file));
  return *into == nullptr ? AVERROR(ENOMEM) : 0;
}

void HttpInput::close(AVIOContext* io) {
  if (io != nullptr) HttpFile::close(io);
}

std::optional<Error> HttpInput::refusal() const {
  if (refusal_) return refusal_;
  if (!client_->refusal().empty()) return Error{Errc::forbidden, "", client_->refusal()};
  return std::nullopt;
}

}  // namespace camfleet::media
