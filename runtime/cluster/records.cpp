#include "runtime/cluster/records.hpp"

#include <cstddef>
#include <type_traits>
#include <utility>

#include "runtime/cluster/wire.hpp"

namespace camfleet::cluster {
namespace {

/// Records of an envelope that has nothing to hide: more would only fill memory.
constexpr std::size_t max_records = 65'536;

// Each `fields` names the fields of a record in their order, for a writer and a reader.
template <class A, class R>
void fields(A& a, R& x) requires std::is_same_v<std::remove_const_t<R>, NodeLoad> {
  a.number(x.cpu);
  a.number(x.streams);
  a.number(x.slices);
  a.number(x.spooled);
  a.number(x.spooled_bytes);
  a.number(x.findings_lost);
  a.number(x.pictures_lost);
  a.span(x.round_trip);
}
template <class A, class R>
void fields(A& a, R& x) requires std::is_same_v<std::remove_const_t<R>, Hello> {
  a.number(x.version);
  a.number(x.acu);
  a.text(x.region);
  a.list(x.schemes, [&](auto& scheme) { a.text(scheme); });
  a.list(x.algorithms, [&](auto& one) {
    a.text(one.id);
    a.text(one.model);
  });
  a.number(x.spool);
  fields(a, x.load);
}
template <class A, class R>
void fields(A& a, R& x) requires std::is_same_v<std::remove_const_t<R>, Welcome> {
  a.instant(x.now);
  a.number(x.millionths);
  a.span(x.held);
  a.number(x.results_port);
  a.number(x.fleet);
  a.flag(x.draws_pictures);
}
template <class A, class R>
void fields(A& a, R& x) requires std::is_same_v<std::remove_const_t<R>, Refusal> {
  a.text(x.why);
  a.flag(x.is_final);
}
template <class A, class R>
void fields(A& a, R& x) requires std::is_same_v<std::remove_const_t<R>, DeviceText> {
  a.number(x.device.value);
  a.text(x.id);
  a.text(x.source);
  a.choice(x.kind, 3);
  a.span(x.length);
  a.number(x.pictures);
  a.flag(x.loops);
}
template <class A, class R>
void fields(A& a, R& x) requires std::is_same_v<std::remove_const_t<R>, InstanceText> {
  a.number(x.instance.value);
  a.text(x.id);
  a.instant(x.created);
  a.list(x.algorithms, [&](auto& id) { a.text(id); });
}
template <class A, class R>
void fields(A& a, R& x) requires std::is_same_v<std::remove_const_t<R>, InstanceGone> {
  a.number(x.instance.value);
}
template <class A, class R>
void fields(A& a, R& x) requires std::is_same_v<std::remove_const_t<R>, Prepare> {
  a.number(x.instance.value);
  a.instant(x.due_at);
  a.bound(x.ends_at);
}
template <class A, class R>
void fields(A& a, R& x) requires std::is_same_v<std::remove_const_t<R>, BeginSlice> {
  a.number(x.instance.value);
  a.number(x.slice.value);
  a.instant(x.slice_due_at);
  a.instant(x.due_at);
  a.bound(x.ends_at);
  a.span(x.media_from);
  a.number(x.spf_s);
  a.number(x.algorithms);
  a.flag(x.every_frame);
  a.flag(x.progress);
  a.choice(x.late, reason_count);
}
template <class A, class R>
void fields(A& a, R& x) requires std::is_same_v<std::remove_const_t<R>, CancelSlice> ||
    std::is_same_v<std::remove_const_t<R>, LeaveSlice> {
  a.number(x.instance.value);
  a.number(x.slice.value);
}
template <class A, class R>
void fields(A& a, R& x) requires std::is_same_v<std::remove_const_t<R>, LeaveStream> {
  a.number(x.instance.value);
}
template <class A, class R>
void fields(A& /*a*/, R& /*x*/) requires std::is_empty_v<R> {}
template <class A, class R>
void fields(A& a, R& x) requires std::is_same_v<std::remove_const_t<R>, Carry> {
  a.number(x.device.value);
}
template <class A, class R>
void fields(A& a, R& x) requires std::is_same_v<std::remove_const_t<R>, Heard> {
  a.token(x.message.term);
  a.token(x.message.sent_at);
  a.number(x.message.reign);
  a.instant(x.now);
}
template <class A, class R>
void fields(A& a, R& x) requires std::is_same_v<std::remove_const_t<R>, SliceAccount> {
  a.number(x.slice.value);
  a.number(x.algorithm);
  a.flag(x.goes_on);
  a.number(x.due);
  a.number(x.analysed);
  a.number(x.gated);
  for (auto& reason : x.reasons) a.choice(reason, reason_count);
  for (auto& count : x.dropped) a.number(count);
}
template <class A, class R>
void fields(A& a, R& x) requires std::is_same_v<std::remove_const_t<R>, SliceProgress> {
  a.number(x.slice.value);
  a.flag(x.started);
  a.flag(x.has_left);
  a.instant(x.started_at);
  a.span(x.observed);
}
template <class A, class R>
void fields(A& a, R& x) requires std::is_same_v<std::remove_const_t<R>, SliceDone> {
  a.number(x.slice.value);
  a.choice(x.fault, reason_count);
  a.flag(x.started);
  a.number(x.lead_s);
  a.instant(x.started_at);
  a.instant(x.ended_at);
  a.span(x.planned);
  a.span(x.observed);
  a.bound(x.open_from);
}
template <class A, class R>
void fields(A& a, R& x) requires std::is_same_v<std::remove_const_t<R>, Joined> {
  a.token(x.term);
  a.token(x.sent_at);
}
template <class A, class R>
void fields(A& a, R& x) requires std::is_same_v<std::remove_const_t<R>, Beat> {
  a.token(x.term);
  a.token(x.sent_at);
  fields(a, x.load);
}
template <class A, class R>
void fields(A& a, R& x) requires std::is_same_v<std::remove_const_t<R>, NodeTrouble> {
  a.flag(x.of_device);
  a.number(x.device.value);
  a.choice(x.reason, reason_count);
  a.flag(x.ends_stream);
  a.instant(x.at);
  a.choice(x.code, errc_count);
  a.text(x.where);
  a.text(x.what);
}

template <class A, class R>
void fields(A& a, R& x) requires std::is_same_v<std::remove_const_t<R>, StreamNews> {
  a.number(x.device.value);
  a.flag(x.is_up);
}

template <class A, class R>
void fields(A& a, R& x) requires std::is_same_v<std::remove_const_t<R>, RenameSlice> {
  a.number(x.instance.value);
  a.instant(x.slice_due_at);
  a.number(x.was.value);
  a.number(x.slice.value);
}
template <class A, class R>
void fields(A& a, R& x) requires std::is_same_v<std::remove_const_t<R>, SliceStored> {
  a.number(x.instance.value);
  a.number(x.device.value);
  a.instant(x.due_at);
}
template <class A, class R>
void fields(A& a, R& x) requires std::is_same_v<std::remove_const_t<R>, KeptDeviceName> {
  a.text(x.device);
}
template <class A, class R>
void fields(A& a, R& x) requires std::is_same_v<std::remove_const_t<R>, KeptSliceName> {
  a.text(x.instance);
  a.text(x.device);
  a.instant(x.slice_due_at);
  a.instant(x.due_at);
  a.number(x.slice.value);
}
template <class A, class R>
void fields(A& a, R& x) requires std::is_same_v<std::remove_const_t<R>, Unwanted> {
  a.text(x.instance);
  a.text(x.device);
  a.instant(x.slice_due_at);
}

template <class R>
inline constexpr bool is_to_device = false;
template <class M>
inline constexpr bool is_to_device<ToDevice<M>> = true;
template <class R>
inline constexpr bool is_to_instance = false;
template <class M>
inline constexpr bool is_to_instance<ToInstance<M>> = true;

template <class A, class R>
void all_fields(A& a, R& x) {
  using Plain = std::remove_const_t<R>;
  if constexpr (is_to_device<Plain>) {
    a.number(x.device.value);
    fields(a, x.message);
  } else if constexpr (is_to_instance<Plain>) {
    a.number(x.instance.value);
    fields(a, x.message);
  } else {
    fields(a, x);
  }
}

template <std::size_t... Is>
Record read_record(WireReader& reader, std::size_t tag, std::index_sequence<Is...> /*all*/) {
  Record record;
  const auto read_one = [&](auto index) {
    if (tag != index) return;
    all_fields(reader, record.template emplace<index>());
  };
  (read_one(std::integral_constant<std::size_t, Is>{}), ...);
  return record;
}

}  // namespace

void append(std::string& envelope, const Record& record) {
  WireWriter writer(envelope);
  writer.number(static_cast<std::uint8_t>(record.index()));
  std::visit([&](const auto& one) { all_fields(writer, one); }, record);
}

result<std::vector<Record>> read_envelope(std::string_view envelope) {
  constexpr std::size_t kinds = std::variant_size_v<Record>;
  WireReader reader(envelope);
  std::vector<Record> records;
  while (!reader.at_end() && records.size() < max_records) {
    std::uint8_t tag = 0;
    reader.number(tag);
    if (tag >= kinds)
      return fail(Errc::corrupt, "envelope", "has a record of the unknown kind " + std::to_string(tag));
    records.push_back(read_record(reader, tag, std::make_index_sequence<kinds>()));
    if (!reader.is_good())
      return fail(Errc::corrupt, "envelope",
                  "record " + std::to_string(records.size()) + " is not as a record of its kind should be");
  }
  if (!reader.at_end())
    return fail(Errc::corrupt, "envelope", "has more than " + std::to_string(max_records) + " records");
  return records;
}

}  // namespace camfleet::cluster
