#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "protocol/error_code.hpp"
#include "protocol/version.hpp"

namespace kreel::protocol {

struct AlterClientQuotasRequest {
  static constexpr MessageVersions versions{.min = 0, .max = 1, .flexible_from = 1};

  struct EntityData {
    static constexpr bool kIsDescribed = true;

    std::string entity_type;
    std::optional<std::string> entity_name = "";  ///< null: all that have none of their own

    bool operator==(const EntityData&) const = default;

    template <class Visitor>
    static void fields(Visitor& v) {
      v("entity_type", &EntityData::entity_type, since(0));
      v("entity_name", &EntityData::entity_name, since(0).nullable(0));
    }
  };

  struct OpData {
    static constexpr bool kIsDescribed = true;

    std::string key;
    double value = 0;
    bool remove = false;

    bool operator==(const OpData&) const = default;

    template <class Visitor>
    static void fields(Visitor& v) {
      v("key", &OpData::key, since(0));
      v("value", &OpData::value, since(0));
      v("remove", &OpData::remove, since(0));
    }
  };

  struct EntryData {
    static constexpr bool kIsDescribed = true;

    std::vector<EntityData> entity;
    std::vector<OpData> ops;

    bool operator==(const EntryData&) const = default;

    template <class Visitor>
    static void fields(Visitor& v) {
      v("entity", &EntryData::entity, since(0));
      v("ops", &EntryData::ops, since(0));
    }
  };

  static constexpr bool kIsDescribed = true;

  std::vector<EntryData> entries;
  bool validate_only = false;

  bool operator==(const AlterClientQuotasRequest&) const = default;

  template <class Visitor>
  static void fields(Visitor& v) {
    v("entries", &AlterClientQuotasRequest::entries, since(0));
    v("validate_only", &AlterClientQuotasRequest::validate_only, since(0));
  }
};

struct AlterClientQuotasResponse {
  static constexpr MessageVersions versions{.min = 0, .max = 1, .flexible_from = 1};

  struct EntryData {
    static constexpr bool kIsDescribed = true;
    using EntityData = AlterClientQuotasRequest::EntityData;

    ErrorCode error_code = ErrorCode::NONE;
    std::optional<std::string> error_message = "";
    std::vector<EntityData> entity;

    bool operator==(const EntryData&) const = default;

    template <class Visitor>
    static void fields(Visitor& v) {
      v("error_code", &EntryData::error_code, since(0));
      v("error_message", &EntryData::error_message, since(0).nullable(0));
      v("entity", &EntryData::entity, since(0));
    }
  };

  static constexpr bool kIsDescribed = true;

  std::int32_t throttle_time_ms = 0;
  std::vector<EntryData> entries;

  bool operator==(const AlterClientQuotasResponse&) const = default;

  template <class Visitor>
  static void fields(Visitor& v) {
    v("throttle_time_ms", &AlterClientQuotasResponse::throttle_time_ms, since(0));
    v("entries", &AlterClientQuotasResponse::entries, since(0));
  }
};

struct AlterClientQuotas {
  static constexpr std::int16_t key = 49;
  using Request = AlterClientQuotasRequest;
  using Response = AlterClientQuotasResponse;
};

}  // namespace kreel::protocol
