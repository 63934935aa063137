#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "protocol/error_code.hpp"
#include "protocol/version.hpp"

namespace kreel::protocol {

struct DescribeConfigsRequest {
  static constexpr MessageVersions versions{.min = 1, .max = 4, .flexible_from = 4};

  struct DescribeConfigsResource {
    static constexpr bool kIsDescribed = true;

    /// 2 topic, 4 broker, 8 broker logger, 16 client metrics, 32 group.
    std::int8_t resource_type = 0;
    std::string resource_name;
    /// Null is all; so is an empty array.
    std::optional<std::vector<std::string>> configuration_keys = std::vector<std::string>();

    bool operator==(const DescribeConfigsResource&) const = default;

    template <class Visitor>
    static void fields(Visitor& v) {
      v("resource_type", &DescribeConfigsResource::resource_type, since(0));
      v("resource_name", &DescribeConfigsResource::resource_name, since(0));
      v("configuration_keys", &DescribeConfigsResource::configuration_keys, since(0).nullable(0));
    }
  };

  static constexpr bool kIsDescribed = true;

  std::vector<DescribeConfigsResource> resources;
  bool include_synonyms = false;
  bool include_documentation = false;

  bool operator==(const DescribeConfigsRequest&) const = default;

  template <class Visitor>
  static void fields(Visitor& v) {
    v("resources", &DescribeConfigsRequest::resources, since(0));
    v("include_synonyms", &DescribeConfigsRequest::include_synonyms, since(1));
    v("include_documentation", &DescribeConfigsRequest::include_documentation, since(3));
  }
};

struct DescribeConfigsResponse {
  static constexpr MessageVersions versions{.min = 1, .max = 4, .flexible_from = 4};

  struct DescribeConfigsSynonym {
    static constexpr bool kIsDescribed = true;

    std::string name;
    std::optional<std::string> value = "";
    std::int8_t source = 0;  ///< as config_source

    bool operator==(const DescribeConfigsSynonym&) const = default;

    template <class Visitor>
    static void fields(Visitor& v) {
      v("name", &DescribeConfigsSynonym::name, since(1));
      v("value", &DescribeConfigsSynonym::value, since(1).nullable(0));
      v("source", &DescribeConfigsSynonym::source, since(1));
    }
  };

  struct DescribeConfigsResourceResult {
    static constexpr bool kIsDescribed = true;

    std::string name;
    std::optional<std::string> value = "";  ///< null for a secret
    bool read_only = false;
    /// 1 topic, 2 broker, 3 all brokers, 4 file, 5 default (KIP-226).
    std::int8_t config_source = -1;
    bool is_sensitive = false;
    std::vector<DescribeConfigsSynonym> synonyms;
    /// 1 boolean, 2 string, 3 int, 4 short, 5 long, 6 double, 7 list (KIP-569).
    std::int8_t config_type = 0;
    std::optional<std::string> documentation = "";

    bool operator==(const DescribeConfigsResourceResult&) const = default;

    template <class Visitor>
    static void fields(Visitor& v) {
      v("name", &DescribeConfigsResourceResult::name, since(0));
      v("value", &DescribeConfigsResourceResult::value, since(0).nullable(0));
      v("read_only", &DescribeConfigsResourceResult::read_only, since(0));
      v("config_source", &DescribeConfigsResourceResult::config_source, since(1).ignorable());
      v("is_sensitive", &DescribeConfigsResourceResult::is_sensitive, since(0));
      v("synonyms", &DescribeConfigsResourceResult::synonyms, since(1).ignorable());
      v("config_type", &DescribeConfigsResourceResult::config_type, since(3).ignorable());
      v("documentation", &DescribeConfigsResourceResult::documentation,
        since(3).nullable(0).ignorable());
    }
  };

  struct DescribeConfigsResult {
    static constexpr bool kIsDescribed = true;

    ErrorCode error_code = ErrorCode::NONE;
    std::optional<std::string> error_message = "";
    std::int8_t resource_type = 0;
    std::string resource_name;
    std::vector<DescribeConfigsResourceResult> configs;

    bool operator==(const DescribeConfigsResult&) const = default;

    template <class Visitor>
    static void fields(Visitor& v) {
      v("error_code", &DescribeConfigsResult::error_code, since(0));
      v("error_message", &DescribeConfigsResult::error_message, since(0).nullable(0));
      v("resource_type", &DescribeConfigsResult::resource_type, since(0));
      v("resource_name", &DescribeConfigsResult::resource_name, since(0));
      v("configs", &DescribeConfigsResult::configs, since(0));
    }
  };

  static constexpr bool kIsDescribed = true;

  std::int32_t throttle_time_ms = 0;
  std::vector<DescribeConfigsResult> results;

  bool operator==(const DescribeConfigsResponse&) const = default;

  template <class Visitor>
  static void fields(Visitor& v) {
    v("throttle_time_ms", &DescribeConfigsResponse::throttle_time_ms, since(0));
    v("results", &DescribeConfigsResponse::results, since(0));
  }
};

struct DescribeConfigs {
  static constexpr std::int16_t key = 32;
  using Request = DescribeConfigsRequest;
  using Response = DescribeConfigsResponse;
};

}  // namespace kreel::protocol
