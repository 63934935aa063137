#include "catalog/records.hpp"

#include <type_traits>

#include "protocol/wire_reader.hpp"
#include "protocol/wire_writer.hpp"

namespace kreel::catalog {
namespace {

using protocol::WireReader;
using protocol::WireWriter;

// A payload is a count and records; a record is its kind (the index in Record, so new kinds go to
// the end) and its fields in order.

void put(WireWriter& out, const std::string& text) {
  out.write_length(static_cast<std::int64_t>(text.size()), true);
  out.write_view(as_bytes(text));
}

void put(WireWriter& out, const ConfigMap& configs) {
  out.write_length(static_cast<std::int64_t>(configs.size()), true);
  for (const auto& [name, value] : configs) {
    put(out, name);
    put(out, value);
  }
}

void put(WireWriter& out, const QuotaEntity& entity) {
  out.write_length(static_cast<std::int64_t>(entity.size()), true);
  for (const auto& [type, name] : entity) {
    put(out, type);
    out.write_bool(name.has_value());
    if (name) put(out, *name);
  }
}

void put(WireWriter& out, const Uuid& id) {
  out.write_uuid(id);
}

void put(WireWriter& out, bool value) {
  out.write_bool(value);
}

void put(WireWriter& out, double value) {
  out.write_double(value);
}

template <class Int>
requires std::is_integral_v<Int>
void put(WireWriter& out, Int value) {
  out.write_int(value);
}

template <class Kind>
requires std::is_enum_v<Kind>
void put(WireWriter& out, Kind kind) {
  put(out, static_cast<std::underlying_type_t<Kind>>(kind));
}

std::string get_string(WireReader& in) {
  const std::int32_t length = in.read_length(true);
  if (length < 0) in.fail();
  return std::string(as_text(in.read_view(in.failed() ? 0 : static_cast<std::size_t>(length))));
}

void get(WireReader& in, std::string& text) {
  text = get_string(in);
}

void get(WireReader& in, ConfigMap& configs) {
  const std::int32_t count = in.read_length(true);
  for (std::int32_t i = 0; i < count && !in.failed(); ++i) {
    std::string name = get_string(in);
    configs[std::move(name)] = get_string(in);
  }
}

void get(WireReader& in, QuotaEntity& entity) {
  const std::int32_t count = in.read_length(true);
  for (std::int32_t i = 0; i < count && !in.failed(); ++i) {
    auto& name = entity[get_string(in)];
    if (in.read_bool()) name = get_string(in);
  }
}

void get(WireReader& in, Uuid& id) {
  id = in.read_uuid();
}

void get(WireReader& in, bool& value) {
  value = in.read_bool();
}

void get(WireReader& in, double& value) {
  value = in.read_double();
}

template <class Int>
requires std::is_integral_v<Int>
void get(WireReader& in, Int& value) {
  value = in.read_int<Int>();
}

template <class Kind>
requires std::is_enum_v<Kind>
void get(WireReader& in, Kind& kind) {
  kind = static_cast<Kind>(in.read_int<std::underlying_type_t<Kind>>());
}

// One list of fields per kind serves both directions.
template <class Visit>
void fields(auto& record, Visit visit) {
  using Kind = std::remove_cvref_t<decltype(record)>;
  if constexpr (std::is_same_v<Kind, TopicAdded>) {
    visit(record.name);
    visit(record.id);
    visit(record.is_internal);
    visit(record.partition_count);
    visit(record.overrides);
  } else if constexpr (std::is_same_v<Kind, TopicDeleted> || std::is_same_v<Kind, LogsRemoved>) {
    visit(record.id);
  } else if constexpr (std::is_same_v<Kind, PartitionsAdded>) {
    visit(record.id);
    visit(record.new_total);
  } else if constexpr (std::is_same_v<Kind, TopicConfigsSet>) {
    visit(record.id);
    visit(record.overrides);
  } else if constexpr (std::is_same_v<Kind, BrokerConfigsSet>) {
    visit(record.default_broker);
    visit(record.overrides);
  } else if constexpr (std::is_same_v<Kind, LogStartMoved>) {
    visit(record.id);
    visit(record.partition);
    visit(record.offset);
  } else if constexpr (std::is_same_v<Kind, ScramCredentialSet>) {
    visit(record.user);
    visit(record.mechanism);
    visit(record.credential.salt);
    visit(record.credential.stored_key);
    visit(record.credential.server_key);
    visit(record.credential.iterations);
  } else if constexpr (std::is_same_v<Kind, ScramCredentialRemoved>) {
    visit(record.user);
    visit(record.mechanism);
  } else if constexpr (std::is_same_v<Kind, ClientQuotaSet>) {
    visit(record.entity);
    visit(record.key);
    visit(record.value);
  } else if constexpr (std::is_same_v<Kind, ClientQuotaRemoved>) {
    visit(record.entity);
    visit(record.key);
  } else if constexpr (std::is_same_v<Kind, AclAdded> || std::is_same_v<Kind, AclRemoved>) {
    visit(record.acl.resource);
    visit(record.acl.name);
    visit(record.acl.pattern);
    visit(record.acl.principal);
    visit(record.acl.host);
    visit(record.acl.operation);
    visit(record.acl.permission);
  } else if constexpr (std::is_same_v<Kind, GroupConfigsSet>) {
    visit(record.group);
    visit(record.overrides);
  } else {
    static_assert(std::is_same_v<Kind, ProducerIdsReserved>);
    visit(record.next);
  }
}

template <std::size_t kKind = 0>
Record read_record(WireReader& in, std::size_t kind) {
  if constexpr (kKind < std::variant_size_v<Record>) {
    if (kind != kKind) return read_record<kKind + 1>(in, kind);
    std::variant_alternative_t<kKind, Record> record;
    fields(record, [&in](auto& field) { get(in, field); });
    return record;
  } else {
    in.fail();
    return {};
  }
}

}  // namespace

Bytes encode_records(std::span<const Record> records) {
  WireWriter out;
  out.write_length(static_cast<std::int64_t>(records.size()), true);
  for (const Record& record : records) {
    out.write_int(static_cast<std::uint8_t>(record.index()));
    std::visit(
        [&out](const auto& kind) { fields(kind, [&out](const auto& field) { put(out, field); }); },
        record);
  }
  return out.take().bytes;
}

Result<std::vector<Record>> decode_records(ByteView payload) {
  WireReader in(payload);
  const std::int32_t count = in.read_length(true);
  std::vector<Record> records;
  for (std::int32_t i = 0; i < count && !in.failed(); ++i) {
    const auto kind = in.read_int<std::uint8_t>();
    records.push_back(read_record(in, kind));
  }
  if (in.failed() || in.remaining() != 0) {
    return fail(ErrorKind::kBadInput, "a record of an unknown form");
  }
  return records;
}

}  // namespace kreel::catalog
