#pragma once

#include <memory>

#include "runtime/media/source.hpp"

namespace camfleet::media {

/// The factory of `file://`: one local media file, read by FFmpeg. The query is checked for unknown keys
/// only. Errors: as SourceRegistry::open.
result<std::unique_ptr<Source>> open_file_source(const SourceUrl& url, const OpenOptions& options);

}  // namespace camfleet::media
