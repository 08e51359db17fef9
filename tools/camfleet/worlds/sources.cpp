#include "tools/camfleet/worlds/sources.hpp"

namespace camfleet::cli {

media::SourceRegistry all_sources() {
  media::SourceRegistry sources;
  media::register_file_schemes(sources);
  media::register_network_schemes(sources);
  return sources;
}

}  // namespace camfleet::cli
