#include "runtime/cluster/result.hpp"

#include <bit>

#include "runtime/cluster/wire.hpp"

namespace camfleet::cluster {
namespace {

template <class A, class F>
void finding_fields(A& a, F& x) {
  a.text(x.instance);
  a.text(x.device);
  a.instant(x.due_at);
  a.instant(x.at);
  a.instant(x.frame_at);
  a.text(x.algorithm);
  a.number(x.sample);
  a.number(x.width);
  a.number(x.height);
  a.span(x.media_time);
  a.text(x.file);
  a.list(x.boxes, [&](auto& box) {
    a.text(box.label);
    a.real(box.score);
    a.integer(box.x);
    a.integer(box.y);
    a.integer(box.w);
    a.integer(box.h);
  });
}

}  // namespace

std::string write_finding(const Finding& finding) {
  std::string bytes;
  WireWriter writer(bytes);
  finding_fields(writer, finding);
  return bytes;
}

result<Finding> read_finding(std::string_view bytes) {
  Finding finding;
  WireReader reader(bytes);
  finding_fields(reader, finding);
  if (!reader.is_good() || !reader.at_end())
    return fail(Errc::corrupt, "finding", "is not as a finding should be");
  return finding;
}

}  // namespace camfleet::cluster
