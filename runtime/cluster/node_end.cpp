#include "runtime/cluster/node_end.hpp"

#include <utility>

#include "runtime/cluster/node_end_impl.hpp"

namespace camfleet::cluster {

NodeEnd::NodeEnd(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
NodeEnd::~NodeEnd() = default;

result<void> NodeEnd::rejoin(const link::OwnKeys& keys) {
  return impl_->join(keys);
}
void NodeEnd::note_refused() {
  impl_->note_refused();
}

result<std::unique_ptr<NodeEnd>> NodeEnd::join(const Settings& settings, const link::OwnKeys& keys,
                                               const Parts& parts) {
  auto impl = std::make_unique<Impl>(settings, parts);
  CAMFLEET_CHECK(impl->join(keys));
  return std::unique_ptr<NodeEnd>(new NodeEnd(std::move(impl)));
}

Welcome NodeEnd::welcome() const {
  return impl_->welcome();
}
void NodeEnd::durable(std::uint64_t number) {
  impl_->durable(number);
}
void NodeEnd::tell(const Error& error) {
  impl_->tell(error);
}
void NodeEnd::drain() {
  impl_->drain();
}
bool NodeEnd::is_draining() const {
  return impl_->is_draining();
}
bool NodeEnd::is_drained() const {
  return impl_->is_drained();
}
bool NodeEnd::wait(Duration most) {
  return impl_->wait(most);
}
std::string NodeEnd::why() const {
  return impl_->why();
}

}  // namespace camfleet::cluster
