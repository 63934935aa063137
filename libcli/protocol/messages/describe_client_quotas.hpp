#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "protocol/error_code.hpp"
#include "protocol/version.hpp"

namespace kreel::protocol {

/// How one part of an entity is asked for (KIP-546).
enum class QuotaMatch : std::int8_t {
  kExact = 0,    ///< by name
  kDefault = 1,  ///< the one without a name, for all that have none of their own
  kAny = 2,
};

struct DescribeClientQuotasRequest {
  static constexpr MessageVersions versions{.min = 0, .max = 1, .flexible_from = 1};

  struct ComponentData {
    static constexpr bool kIsDescribed = true;

    std::string entity_type;
    std::int8_t match_type = 0;
    std::optional<std::string> match = "";

    bool operator==(const ComponentData&) const = default;

    template <class Visitor>
    static void fields(Visitor& v) {
      v("entity_type", &ComponentData::entity_type, since(0));
      v("match_type", &ComponentData::match_type, since(0));
      v("match", &ComponentData::match, since(0).nullable(0));
    }
  };

  static constexpr bool kIsDescribed = true;

  std::vector<ComponentData> components;
  bool strict = false;  ///< no entities that have other types besides

  bool operator==(const DescribeClientQuotasRequest&) const = default;

  template <class Visitor>
  static void fields(Visitor& v) {
    v("components", &DescribeClientQuotasRequest::components, since(0));
    v("strict", &DescribeClientQuotasRequest::strict, since(0));
  }
};

struct DescribeClientQuotasResponse {
  static constexpr MessageVersions versions{.min = 0, .max = 1, .flexible_from = 1};

  struct EntityData {
    static constexpr bool kIsDescribed = true;

    std::string entity_type;
    std::optional<std::string> entity_name = "";

    bool operator==(const EntityData&) const = default;

    template <class Visitor>
    static void fields(Visitor& v) {
      v("entity_type", &EntityData::entity_type, since(0));
      v("entity_name", &EntityData::entity_name, since(0).nullable(0));
    }
  };

  struct ValueData {
    static constexpr bool kIsDescribed = true;

    std::string key;
    double value = 0;

    bool operator==(const ValueData&) const = default;

    template <class Visitor>
    static void fields(Visitor& v) {
      v("key", &ValueData::key, since(0));
      v("value", &ValueData::value, since(0));
    }
  };

  struct EntryData {
    static constexpr bool kIsDescribed = true;

    std::vector<EntityData> entity;
    std::vector<ValueData> values;

    bool operator==(const EntryData&) const = default;

    template <class Visitor>
    static void fields(Visitor& v) {
      v("entity", &EntryData::entity, since(0));
      v("values", &EntryData::values, since(0));
    }
  };

  static constexpr bool kIsDescribed = true;

  std::int32_t throttle_time_ms = 0;
  ErrorCode error_code = ErrorCode::NONE;
  std::optional<std::string> error_message = "";
  std::optional<std::vector<EntryData>> entries = std::vector<EntryData>();

  bool operator==(const DescribeClientQuotasResponse&) const = default;

  template <class Visitor>
  static void fields(Visitor& v) {
    v("throttle_time_ms", &DescribeClientQuotasResponse::throttle_time_ms, since(0));
    v("error_code", &DescribeClientQuotasResponse::error_code, since(0));
    v("error_message", &DescribeClientQuotasResponse::error_message, since(0).nullable(0));
    v("entries", &DescribeClientQuotasResponse::entries, since(0).nullable(0));
  }
};

struct DescribeClientQuotas {
  static constexpr std::int16_t key = 48;
  using Request = DescribeClientQuotasRequest;
  using Response = DescribeClientQuotasResponse;
};

}  // namespace kreel::protocol
