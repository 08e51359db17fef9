#include "runtime/link/cluster_keys.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zmq.h>

#include "actors/base/text.hpp"
#include "actors/plan/roster.hpp"

namespace camfleet::link {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t most_name = 64;
constexpr std::uintmax_t most_file = 64U << 10U;
constexpr std::size_t curve_length = 40;

constexpr const char* authority_file = "authority.pem";
constexpr const char* certificate_file = "certificate.pem";
constexpr const char* key_file = "key.pem";
constexpr const char* curve_public_file = "curve.public";
constexpr const char* curve_secret_file = "curve.secret";
constexpr const char* scheduler_curve_file = "scheduler-curve.public";

Error os_error(const fs::path& path, const char* what) {
  return {Errc::io, path.string(), std::string(what) + ": " + std::strerror(errno)};
}

/// A new file that nobody else reads, durable.
result<void> write_secret(const fs::path& path, std::string_view text) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (file < 0) return pass(os_error(path, "cannot be made"));
  bool is_written = true;
  while (is_written && !text.empty()) {
    const ssize_t count = ::write(file, text.data(), text.size());
    is_written = count > 0;
    if (is_written) text.remove_prefix(static_cast<std::size_t>(count));
  }
  is_written = is_written && ::fsync(file) == 0;
  const Error error = os_error(path, "cannot be written");
  ::close(file);
  if (!is_written) return pass(error);
  return success();
}

result<void> make_folder(const fs::path& path) {
  if (::mkdir(path.c_str(), S_IRWXU) != 0) return pass(os_error(path, "cannot be made"));
  return success();
}

result<std::string> read_text(const fs::path& path) {
  std::error_code error;
  const auto size = fs::file_size(path, error);
  if (error == std::errc::no_such_file_or_directory)
    return fail(Errc::not_found, path.string(), "is not there; camfleet keys makes it");
  if (error) return fail(Errc::io, path.string(), "cannot be read: " + error.message());
  if (size > most_file) return fail(Errc::unreadable, path.string(), "is no key: it has more than 64 KiB");
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  if (!file) return fail(Errc::io, path.string(), "cannot be read");
  return text.str();
}

result<std::string> read_curve(const fs::path& path) {
  CAMFLEET_TRY(std::string text, read_text(path));
  if (!text.empty() && text.back() == '\n') text.pop_back();
  std::array<std::uint8_t, 32> bytes{};
  if (text.size() != curve_length || zmq_z85_decode(bytes.data(), text.c_str()) == nullptr)
    return fail(Errc::unreadable, path.string(), "is no CURVE key, which has 40 characters");
  return text;
}

result<CurveKeys> make_curve() {
  std::array<char, curve_length + 1> public_key{};
  std::array<char, curve_length + 1> secret_key{};
  if (zmq_curve_keypair(public_key.data(), secret_key.data()) != 0)
    return fail(Errc::unsupported, "CURVE", "this ZeroMQ has none; right would be Debian's libzmq5");
  return CurveKeys{public_key.data(), secret_key.data()};
}

result<OwnKeys> read_own(const fs::path& folder) {
  OwnKeys keys;
  CAMFLEET_TRY(keys.authority, read_text(folder / authority_file));
  CAMFLEET_TRY(keys.own.certificate, read_text(folder / certificate_file));
  CAMFLEET_TRY(keys.own.key, read_text(folder / key_file));
  CAMFLEET_TRY(keys.curve.public_key, read_curve(folder / curve_public_file));
  CAMFLEET_TRY(keys.curve.secret_key, read_curve(folder / curve_secret_file));
  return keys;
}

result<void> write_own(const fs::path& folder, const OwnKeys& keys) {
  CAMFLEET_CHECK(write_secret(folder / authority_file, keys.authority));
  CAMFLEET_CHECK(write_secret(folder / certificate_file, keys.own.certificate));
  CAMFLEET_CHECK(write_secret(folder / key_file, keys.own.key));
  CAMFLEET_CHECK(write_secret(folder / curve_public_file, keys.curve.public_key + "\n"));
  return write_secret(folder / curve_secret_file, keys.curve.secret_key + "\n");
}

result<ListedNode> read_listed(const fs::path& folder) {
  ListedNode node;
  node.name = folder.filename().string();
  CAMFLEET_TRY(const std::string certificate, read_text(folder / certificate_file));
  const auto fingerprint = fingerprint_of(certificate);
  if (!fingerprint.has_value())
    return fail(Errc::unreadable, (folder / certificate_file).string(), fingerprint.error().what);
  node.fingerprint = fingerprint.value();
  CAMFLEET_TRY(node.curve_key, read_curve(folder / curve_public_file));
  return node;
}

result<void> sync_folder(const fs::path& path) {
  const int folder = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return pass(os_error(path, "cannot be opened"));
  const bool is_synced = ::fsync(folder) == 0;
  const Error error = os_error(path, "cannot be written");
  ::close(folder);
  if (!is_synced) return pass(error);
  return success();
}

/// A folder of its own beside a place, removed unless it gets there.
class Unfinished {
 public:
  /// Errors: io.
  static result<Unfinished> make(const fs::path& place) {
    std::string part = place.string() + ".part-XXXXXX";
    if (::mkdtemp(part.data()) == nullptr) return pass(os_error(place, "cannot be made"));
    return Unfinished(place, part);
  }
  ~Unfinished() {
    std::error_code ignored;
    if (!part_.empty()) fs::remove_all(part_, ignored);
  }
  Unfinished(Unfinished&& other) noexcept
      : place_(std::move(other.place_)), part_(std::exchange(other.part_, {})) {}
  Unfinished& operator=(Unfinished&&) = delete;

  [[nodiscard]] const fs::path& path() const { return part_; }
  /// Fails where something is there that is no empty folder.
  [[nodiscard]] result<void> finish() {
    std::error_code error;
    fs::recursive_directory_iterator entry(part_, error);
    for (; !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
      if (entry->is_directory(error)) CAMFLEET_CHECK(sync_folder(entry->path()));
    }
    if (error) return fail(Errc::io, part_.string(), "cannot be read: " + error.message());
    CAMFLEET_CHECK(sync_folder(part_));
    if (::rename(part_.c_str(), place_.c_str()) == 0) {
      part_.clear();
      return sync_folder(place_.parent_path().empty() ? "." : place_.parent_path());
    }
    if (errno == EEXIST || errno == ENOTEMPTY || errno == ENOTDIR)
      return fail(Errc::invalid_field, place_.string(), "is there already; keys are never written over");
    return pass(os_error(place_, "cannot be made"));
  }

 private:
  Unfinished(fs::path place, fs::path part) : place_(std::move(place)), part_(std::move(part)) {}
  fs::path place_;
  fs::path part_;
};

}  // namespace

result<void> check_node_name(std::string_view name) {
  const bool is_fine = !name.empty() && name.size() <= most_name && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
  if (is_fine) return success();
  return fail(Errc::invalid_field, "name",
              quote(name) + " is no name of a node; write 1 to 64 of a-z, 0-9 and -");
}

ClusterKeys::ClusterKeys(const fs::path& folder) : folder_(folder.lexically_normal()) {
  // What is made beside it has its name, and more: it must have one.
  if (folder_.empty() || folder_ == "." || folder_.filename() == "..") {
    std::error_code error;
    const fs::path whole = fs::absolute("." / folder_, error);
    if (!error) folder_ = whole.lexically_normal();
  }
  if (!folder_.has_filename()) folder_ = folder_.parent_path();
}

result<void> ClusterKeys::init() const {
  CAMFLEET_TRY(Unfinished part, Unfinished::make(folder_));
  CAMFLEET_TRY(const Certificate authority, make_authority());
  OwnKeys scheduler{.authority = authority.certificate, .own = {}, .curve = {}};
  CAMFLEET_TRY(scheduler.own, make_certificate(authority, "scheduler", Role::scheduler));
  CAMFLEET_TRY(scheduler.curve, make_curve());
  CAMFLEET_CHECK(make_folder(part.path() / "authority"));
  CAMFLEET_CHECK(write_secret(part.path() / "authority" / certificate_file, authority.certificate));
  CAMFLEET_CHECK(write_secret(part.path() / "authority" / key_file, authority.key));
  CAMFLEET_CHECK(make_folder(part.path() / "scheduler"));
  CAMFLEET_CHECK(write_own(part.path() / "scheduler", scheduler));
  CAMFLEET_CHECK(make_folder(part.path() / "nodes"));
  return part.finish();
}

result<fs::path> ClusterKeys::add(std::string_view name) const {
  CAMFLEET_CHECK(check_node_name(name));
  CAMFLEET_TRY(const auto listed, nodes());
  if (listed.size() >= max_nodes)
    return fail(Errc::limit, folder_.string(),
                "a cluster has at most " + std::to_string(max_nodes) + " nodes; remove one");
  Certificate authority;
  CAMFLEET_TRY(authority.certificate, read_text(folder_ / "authority" / certificate_file));
  CAMFLEET_TRY(authority.key, read_text(folder_ / "authority" / key_file));
  OwnKeys node{.authority = authority.certificate, .own = {}, .curve = {}};
  CAMFLEET_TRY(node.own, make_certificate(authority, name, Role::node));
  CAMFLEET_TRY(node.curve, make_curve());
  CAMFLEET_TRY(const std::string scheduler_curve, read_curve(folder_ / "scheduler" / curve_public_file));
  fs::path place = folder_ / "nodes" / name;
  CAMFLEET_TRY(Unfinished part, Unfinished::make(place));
  CAMFLEET_CHECK(write_own(part.path(), node));
  CAMFLEET_CHECK(write_secret(part.path() / scheduler_curve_file, scheduler_curve + "\n"));
  CAMFLEET_CHECK(part.finish());
  return place;
}

result<void> ClusterKeys::remove(std::string_view name) const {
  CAMFLEET_CHECK(check_node_name(name));
  const fs::path place = folder_ / "nodes" / name;
  CAMFLEET_TRY(const Unfinished going, Unfinished::make(place));
  // It takes the place of that empty folder, and goes with it.
  if (::rename(place.c_str(), going.path().c_str()) == 0) {
    CAMFLEET_CHECK(sync_folder(place.parent_path()));
    std::error_code error;
    fs::remove_all(going.path(), error);
    if (!error) return success();
    return fail(Errc::io, going.path().string(),
                "has its keys, and cannot be removed: " + error.message() + "; it is out of the list");
  }
  if (errno != ENOENT) return pass(os_error(place, "cannot be removed"));
  return fail(Errc::not_found, place.string(), "there is no such node");
}

result<OwnKeys> ClusterKeys::scheduler() const {
  return read_own(folder_ / "scheduler");
}

result<std::map<std::string, ListedNode, std::less<>>> ClusterKeys::nodes() const {
  std::error_code error;
  fs::directory_iterator entries(folder_ / "nodes", error);
  if (error == std::errc::no_such_file_or_directory)
    return fail(Errc::not_found, (folder_ / "nodes").string(), "is not there; camfleet keys init makes it");
  std::map<std::string, ListedNode, std::less<>> nodes;
  for (; !error && entries != fs::directory_iterator(); entries.increment(error)) {
    const std::string name = entries->path().filename().string();
    // What is being made or removed has a dot in its name.
    if (!check_node_name(name).has_value()) continue;
    if (nodes.size() >= max_nodes)
      return fail(Errc::limit, (folder_ / "nodes").string(),
                  "has more than " + std::to_string(max_nodes) + " nodes");
    auto listed = read_listed(entries->path());
    // It may have been removed since its name was read.
    if (!listed.has_value() && !fs::exists(entries->path())) continue;
    if (!listed.has_value()) return pass(listed.error());
    nodes.emplace(name, std::move(listed).value());
  }
  if (error) return fail(Errc::io, (folder_ / "nodes").string(), "cannot be read: " + error.message());
  return nodes;
}

result<NodeKeys> read_node_keys(const fs::path& folder) {
  NodeKeys keys;
  CAMFLEET_TRY(keys.own, read_own(folder));
  CAMFLEET_TRY(keys.scheduler_curve, read_curve(folder / scheduler_curve_file));
  return keys;
}

}  // namespace camfleet::link
