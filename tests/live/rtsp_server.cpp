// Serves cameras over RTSP for tests: rtsp_server PORT [FILE.h264]
//   /cam     320x240, 10 frames a second, a key frame a second
//   /file    FILE.h264 over and over, at its own pace
// and on PORT + 1, for user "viewer" with password "s3cret":
//   /locked  as /cam
// Prints "ready" once it listens, and a line "connected PATH" for each client that plays.
#include <cstdio>
#include <cstdlib>
#include <string>

#include <gst/rtsp-server/rtsp-server.h>

namespace {

constexpr const char* camera =
    "( videotestsrc is-live=true pattern=ball ! video/x-raw,width=320,height=240,framerate=10/1 ! "
    "x264enc tune=zerolatency speed-preset=ultrafast key-int-max=10 ! rtph264pay name=pay0 pt=96 "
    "config-interval=1 )";

void note_connection(GstRTSPMediaFactory* /*factory*/, GstRTSPMedia* /*media*/, gpointer path) {
  std::printf("connected %s\n", static_cast<const char*>(path));
  std::fflush(stdout);
}

GstRTSPMediaFactory* mount(GstRTSPServer* server, const char* path, const std::string& pipeline) {
  GstRTSPMountPoints* mounts = gst_rtsp_server_get_mount_points(server);
  GstRTSPMediaFactory* factory = gst_rtsp_media_factory_new();
  gst_rtsp_media_factory_set_launch(factory, pipeline.c_str());
  g_signal_connect(factory, "media-configure", G_CALLBACK(note_connection), const_cast<char*>(path));
  gst_rtsp_mount_points_add_factory(mounts, path, factory);
  g_object_unref(mounts);
  return factory;
}

/// Only who knows the password may see and play what `server` has.
void lock(GstRTSPServer* server, GstRTSPMediaFactory* factory) {
  GstRTSPAuth* auth = gst_rtsp_auth_new();
  GstRTSPToken* viewer =
      gst_rtsp_token_new(GST_RTSP_TOKEN_MEDIA_FACTORY_ROLE, G_TYPE_STRING, "viewer", nullptr);
  gchar* basic = gst_rtsp_auth_make_basic("viewer", "s3cret");
  gst_rtsp_auth_add_basic(auth, basic, viewer);
  g_free(basic);
  gst_rtsp_token_unref(viewer);
  gst_rtsp_server_set_auth(server, auth);
  g_object_unref(auth);
  gst_rtsp_media_factory_add_role(factory, "viewer", GST_RTSP_PERM_MEDIA_FACTORY_ACCESS, G_TYPE_BOOLEAN, TRUE,
                                  GST_RTSP_PERM_MEDIA_FACTORY_CONSTRUCT, G_TYPE_BOOLEAN, TRUE, nullptr);
}

GstRTSPServer* server_on(int port) {
  GstRTSPServer* server = gst_rtsp_server_new();
  gst_rtsp_server_set_address(server, "127.0.0.1");
  gst_rtsp_server_set_service(server, std::to_string(port).c_str());
  return server;
}

bool listen(GstRTSPServer* server) {
  if (gst_rtsp_server_attach(server, nullptr) != 0) return true;
  std::fprintf(stderr, "rtsp_server: cannot listen on port %s\n", gst_rtsp_server_get_service(server));
  return false;
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 2) {
    std::fprintf(stderr, "usage: rtsp_server PORT [FILE.h264]\n");
    return 2;
  }
  gst_init(nullptr, nullptr);
  const int port = std::atoi(arguments[1]);
  GstRTSPServer* open = server_on(port);
  mount(open, "/cam", camera);
  if (count > 2) {
    const std::string pipeline = "( multifilesrc loop=true location=" + std::string(arguments[2]) +
                                 " ! h264parse ! rtph264pay name=pay0 pt=96 config-interval=1 )";
    mount(open, "/file", pipeline);
  }
  GstRTSPServer* locked = server_on(port + 1);
  lock(locked, mount(locked, "/locked", camera));
  if (!listen(open) || !listen(locked)) return 3;
  std::printf("ready\n");
  std::fflush(stdout);
  g_main_loop_run(g_main_loop_new(nullptr, FALSE));
}
