#pragma once

#include <memory>

#include "runtime/media/source.hpp"

namespace camfleet::media {

/// The factory of `pictures://`: the pictures of one folder in the natural order of their names, one
/// every `options.spf`. The query is checked for unknown keys only. Errors: as SourceRegistry::open.
result<std::unique_ptr<Source>> open_picture_source(const SourceUrl& url, const OpenOptions& options);

}  // namespace camfleet::media
