#pragma once

#include <memory>

#include <curl/curl.h>

#include "runtime/net/http_client.hpp"

namespace camfleet::net {

struct CurlDelete {
  void operator()(CURL* one) const { curl_easy_cleanup(one); }
  void operator()(CURLM* one) const { curl_multi_cleanup(one); }
  void operator()(CURLSH* one) const { curl_share_cleanup(one); }
  void operator()(CURLU* one) const { curl_url_cleanup(one); }
  void operator()(curl_slist* one) const { curl_slist_free_all(one); }
  void operator()(char* one) const { curl_free(one); }
};

template <class T>
using CurlPtr = std::unique_ptr<T, CurlDelete>;

struct HttpClient::Handles {
  CurlPtr<CURLSH> share;
  CurlPtr<CURLM> multi;
};

}  // namespace camfleet::net
