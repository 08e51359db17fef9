#include <algorithm>
#include <mutex>
#include <optional>
#include <thread>

#include <fmt/core.h>

#include "runtime/media/source_url.hpp"
#include "simulator/camera/library.hpp"
#include "simulator/scene/contact_sheet.hpp"
#include "tools/camfleet/cli/byte_size.hpp"
#include "tools/camfleet/cli/options.hpp"
#include "tools/camfleet/cli/output.hpp"
#include "tools/camfleet/cli/progress.hpp"
#include "tools/camfleet/commands/commands.hpp"
#include "tools/camfleet/worlds/demo_camera.hpp"

namespace camfleet::cli {
namespace {

constexpr std::size_t most_urls = 1000;
constexpr FrameSize sheet_picture{480, 270};

/// The loop of a URL; of one without a seed those of all variants.
result<std::vector<camera::LoopKey>> loops_of(const std::string& text) {
  CAMFLEET_TRY(const media::SourceUrl url, media::parse_source_url(text));
  CAMFLEET_TRY(camera::CameraSpec camera, camera::resolve(url, "", nullptr));
  if (url.query.contains("seed")) return std::vector{camera::LoopKey::of(camera)};
  std::vector<camera::LoopKey> loops;
  for (camera.seed = 0; camera.seed < scene::variant_count; ++camera.seed)
    loops.push_back(camera::LoopKey::of(camera));
  return loops;
}

result<void> make(const std::vector<std::string>& urls, const Values& values) {
  std::vector<camera::LoopKey> loops;
  for (const std::string& url : urls) {
    CAMFLEET_TRY(const auto more, loops_of(url));
    loops.insert(loops.end(), more.begin(), more.end());
  }
  camera::Library::Settings settings{camera::Library::standard_folder()};
  CAMFLEET_TRY(settings.max_bytes, parse_bytes("--camera-cache", values.text("camera-cache")));
  settings.makers = std::max(1U, std::thread::hardware_concurrency());
  std::mutex mutex;
  std::optional<Error> unkept;
  settings.problem = [&](const Error& error) {
    const std::lock_guard lock(mutex);
    unkept = error;
  };
  {
    Progress progress("making the streams of synthetic cameras");
    camera::Library library(settings);
    CAMFLEET_CHECK(library.make(loops, [&](const camera::Library::Progress& at) {
      progress.update(at.made, at.all, fmt::format("{} of {}", at.made, at.all));
      return true;
    }));
    progress.finish();
  }
  if (unkept) return pass(*unkept);
  return success();
}

result<void> draw_sheet(const Values& values) {
  CAMFLEET_TRY(const scene::Scene scene, scene::parse_scene(values.text("scene")));
  CAMFLEET_TRY(const auto variant, values.whole("variant", 0, scene::variant_count - 1));
  return scene::write_contact_sheet(scene, static_cast<std::uint32_t>(variant), sheet_picture,
                                    values.text("sheet"));
}

result<ExitCode> run_cameras(const Values& values, Output& /*out*/) {
  const bool makes = !values.positionals().empty();
  if (makes == values.has("sheet"))
    return fail(Errc::bad_usage, "URL", "name cameras whose streams are to be made, or a --sheet to draw");
  if (makes) {
    CAMFLEET_CHECK(make(values.positionals(), values));
  } else {
    CAMFLEET_CHECK(draw_sheet(values));
  }
  return ExitCode::fine;
}

}  // namespace

Command cameras_command() {
  return {
      .name = "cameras",
      .summary = "make the streams of synthetic cameras beforehand, or a sheet of a scene",
      .about =
          "Makes the streams of synthetic cameras that are not there yet, and keeps them in "
          "$CAMFLEET_CAMERAS_DIR, by default ~/.cache/camfleet/cameras; of a URL without a seed those of all "
          "variants. A run makes what it needs by itself. With --sheet it draws twelve pictures of a scene "
          "with what is to be seen in them instead.",
      .positionals = {.name = "URL",
                      .help = "synthetic://SCENE?size=1280x720&fps=25&codec=h264&gop=50&bitrate=2Mbps&seed=7",
                      .least = 0,
                      .most = most_urls},
      .options = {{.name = "sheet",
                   .argument = "FILE",
                   .help = "a JPEG of twelve pictures, five seconds apart"},
                  {.name = "scene", .argument = "NAME", .help = "of the sheet", .default_value = "street"},
                  {.name = "variant", .argument = "N", .help = "of the sheet, 0 to 3", .default_value = "0"},
                  {.name = "camera-cache",
                   .argument = "SIZE",
                   .help = "what all streams that are kept may take; the longest unused go",
                   .default_value = "2GiB"}},
      .examples = {{"camfleet cameras --sheet yard.jpg --scene yard", "what a camera in the yard shows"},
                   {std::string("camfleet cameras '") + demo_camera + "'",
                    "what camfleet serve shows for a device that nobody knows"}},
      .run = run_cameras,
  };
}

}  // namespace camfleet::cli
