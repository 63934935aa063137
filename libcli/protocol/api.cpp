#include "protocol/api.hpp"

#include <algorithm>
#include <array>

#include "base/assert.hpp"
#include "protocol/all_messages.hpp"

namespace kreel::protocol {
namespace {

template <class Api>
constexpr ApiInfo describe(std::string_view name) {
  constexpr MessageVersions versions = Api::Request::versions;
  ApiInfo info{.key = static_cast<ApiKey>(Api::key),
               .name = name,
               .min = versions.min,
               .max = versions.max,
               .advertised_min = versions.min,
               .flexible_from = versions.flexible_from};
  if (info.key == ApiKey::Produce) info.advertised_min = 0;
  return info;
}

constexpr auto kApis = std::to_array<ApiInfo>({
#define KREEL_SERVED_API(Name, file) describe<Name>(#Name),
#include "protocol/apis.def"
#undef KREEL_SERVED_API
});

#define KREEL_SERVED_API(Name, file) \
  static_assert(static_cast<std::int16_t>(ApiKey::Name) == Name::key);
#include "protocol/apis.def"
#undef KREEL_SERVED_API

constexpr std::size_t kKeysMax = 128;

constexpr auto kIndexOfKey = [] {
  std::array<std::int8_t, kKeysMax> index{};
  index.fill(-1);
  for (std::size_t i = 0; i < kApis.size(); ++i) {
    index[static_cast<std::size_t>(kApis[i].key)] = static_cast<std::int8_t>(i);
  }
  return index;
}();

}  // namespace

std::span<const ApiInfo> api_table() {
  return kApis;
}

std::optional<std::size_t> api_table_index(std::int16_t key) {
  const auto at = static_cast<std::size_t>(key);
  if (key < 0 || at >= kIndexOfKey.size() || kIndexOfKey[at] < 0) return std::nullopt;
  return static_cast<std::size_t>(kIndexOfKey[at]);
}

const ApiInfo& api_info(ApiKey key) {
  const auto index = api_table_index(static_cast<std::int16_t>(key));
  KREEL_ASSERT(index.has_value(), "every ApiKey is in the table");
  return kApis[*index];
}

Version request_header_version(ApiKey key, Version version) {
  return version >= api_info(key).flexible_from ? Version{2} : Version{1};
}

Version response_header_version(ApiKey key, Version version) {
  if (key == ApiKey::ApiVersions) return 0;
  return version >= api_info(key).flexible_from ? Version{1} : Version{0};
}

}  // namespace kreel::protocol
