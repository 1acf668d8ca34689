// What libcurl's error codes mean to a caller: whether the request can have arrived decides nearly
// all of it.
#pragma once

#include <string>

#include <curl/curl.h>

#include "base/result.h"

namespace dynamod::http {

struct CurlFailure {
  CURLcode code = CURLE_OK;
  bool sent = false;   // some byte of the request left
  int os_errno = 0;    // of connecting
  std::string detail;  // libcurl's error buffer
  std::string host;    // whose name was to be resolved
  Duration connect_limit{};
};

[[nodiscard]] Error curl_error(const CurlFailure& failure);

}  // namespace dynamod::http
