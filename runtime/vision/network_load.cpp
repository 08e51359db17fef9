#include "runtime/vision/network_load.hpp"

#include <cstring>
#include <fstream>
#include <iterator>

#include "runtime/vision/image.hpp"
#include "runtime/vision/network_checks.hpp"

namespace camfleet::vision {
namespace {

constexpr std::size_t max_model_bytes = std::size_t{1} << 30;

using Bytes = std::vector<std::uint8_t>;

result<Bytes> read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  if (!file) return fail(Errc::model, path, "cannot be read");
  const auto size = static_cast<std::size_t>(std::max<std::streamoff>(0, file.tellg()));
  if (size == 0) return fail(Errc::model, path, "is empty");
  if (size > max_model_bytes) {
    return fail(Errc::model, path,
                std::to_string(size) + " bytes; at most " + std::to_string(max_model_bytes));
  }
  Bytes bytes(size);
  file.seekg(0);
  file.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(size));
  if (!file) return fail(Errc::model, path, "cannot be read to its end");
  return bytes;
}

/// Bytes that the weights file of a loaded darknet network has after its header.
std::size_t weight_bytes(const cv::dnn::Net& net) {
  std::size_t values = 0;
  for (const auto& name : net.getLayerNames()) {
    const auto layer = net.getLayer(net.getLayerId(name));
    if (layer->type == "Region") continue;  // its blob is the anchors, which stand in the cfg
    for (const auto& blob : layer->blobs) values += blob.total();
  }
  return values * sizeof(float);
}

/// Three numbers of 4 bytes are the version; from 0.2 on the count of pictures seen has 8 bytes instead of 4.
result<std::size_t> header_bytes(const Bytes& weights) {
  std::int32_t version[3] = {};
  if (weights.size() >= sizeof version) std::memcpy(version, weights.data(), sizeof version);
  const bool known = version[0] >= 0 && version[0] < 100 && version[1] >= 0 && version[1] < 100;
  if (weights.size() < 16 || !known) return fail(Errc::model, "weights", "has no darknet header");
  return version[0] * 10 + version[1] >= 2 ? 20 : 16;
}

result<cv::dnn::Net> load_darknet(const std::string& cfg_path, const std::string& weights_path) {
  CAMFLEET_TRY(const auto cfg, read_file(cfg_path));
  CAMFLEET_TRY(const auto weights, read_file(weights_path));
  CAMFLEET_CHECK(check_darknet_cfg({reinterpret_cast<const char*>(cfg.data()), cfg.size()}));
  CAMFLEET_TRY(const auto header, header_bytes(weights));
  auto net = cv::dnn::readNetFromDarknet(reinterpret_cast<const char*>(cfg.data()), cfg.size(),
                                         reinterpret_cast<const char*>(weights.data()), weights.size());
  const auto wanted = weight_bytes(net) + header;
  if (weights.size() != wanted) {
    return fail(Errc::model, "weights",
                "has " + std::to_string(weights.size()) + " bytes, expected " + std::to_string(wanted) +
                    " for this cfg: truncated, or of another network");
  }
  return net;
}

result<cv::dnn::Net> load_onnx(const std::string& path) {
  CAMFLEET_TRY(const auto bytes, read_file(path));
  CAMFLEET_CHECK(check_onnx(bytes));
  return cv::dnn::readNetFromONNX(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

}  // namespace

result<cv::dnn::Net> load_network(const std::string& engine, const std::vector<std::string>& files) {
  try {
    CAMFLEET_TRY(auto net,
                 engine == "darknet" ? load_darknet(files.at(0), files.at(1)) : load_onnx(files.at(0)));
    if (net.empty()) return fail(Errc::model, engine, "the file holds no network");
    net.setPreferableBackend(cv::dnn::DNN_BACKEND_OPENCV);
    net.setPreferableTarget(cv::dnn::DNN_TARGET_CPU);
    return net;
  } catch (const std::exception& error) {
    return fail(Errc::model, engine, "OpenCV does not take it: " + one_line(error));
  }
}

}  // namespace camfleet::vision
