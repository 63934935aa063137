#include "storage/meta_properties.hpp"

#include <map>
#include <string_view>

#include <fmt/core.h>

#include "base/text.hpp"
#include "storage/limits.hpp"
#include "storage/names.hpp"

namespace kreel::storage {
namespace {

using Values = std::map<std::string, std::string, std::less<>>;

/// "key<separator>value" lines; comments and lines without a separator are skipped.
Values parse_lines(std::string_view text, char separator) {
  Values values;
  for (const auto line : split(text, '\n')) {
    const auto content = trim(line);
    const auto at = content.find(separator);
    if (content.starts_with('#') || at == std::string_view::npos) continue;
    values[std::string(trim(content.substr(0, at)))] = trim(content.substr(at + 1));
  }
  return values;
}

std::string value_of(const Values& values, std::string_view key) {
  const auto found = values.find(key);
  return found == values.end() ? std::string() : found->second;
}

Result<std::optional<Values>> read_values(fs::FileSystem& fs, const std::string& path,
                                          char separator) {
  const auto content = fs::read_whole_file(fs, path, kMetaFileBytesMax);
  if (content) return parse_lines(as_text(*content), separator);
  if (content.error().kind() == ErrorKind::kNotFound) return std::nullopt;
  return tl::unexpected(content.error());
}

tl::unexpected<Error> malformed(const std::string& path, std::string_view key) {
  return fail(ErrorKind::kBadInput, fmt::format("{}: {} is missing or malformed", path, key));
}

}  // namespace

Result<std::optional<MetaProperties>> read_meta_properties(fs::FileSystem& fs,
                                                           const std::string& data_directory) {
  const auto path = fs::join(data_directory, std::string(kMetaPropertiesFile));
  TRY_ASSIGN(const auto values, read_values(fs, path, '='));
  if (!values) return std::nullopt;
  const auto version = value_of(*values, "version");
  if (version != "0" && version != "1") {
    return fail(ErrorKind::kRefused,
                fmt::format("{}: version \"{}\" is not one that this program knows", path, version),
                "use the version of kreel (or Kafka) that wrote this data directory");
  }
  MetaProperties properties;
  properties.cluster_id = value_of(*values, "cluster.id");
  if (properties.cluster_id.empty()) return malformed(path, "cluster.id");
  const auto* id_key = version == "1" ? "node.id" : "broker.id";
  const auto node_id = parse_int32(value_of(*values, id_key));
  if (!node_id || *node_id < 0) return malformed(path, id_key);
  properties.node_id = *node_id;
  if (const auto text = value_of(*values, "directory.id"); !text.empty()) {
    const auto id = Uuid::parse(text);
    if (!id) return malformed(path, "directory.id");
    properties.directory_id = *id;
  }
  return properties;
}

Result<void> write_meta_properties(fs::FileSystem& fs, const std::string& data_directory,
                                   const MetaProperties& properties) {
  const auto text =
      fmt::format("version=1\ncluster.id={}\nnode.id={}\ndirectory.id={}\n", properties.cluster_id,
                  properties.node_id, properties.directory_id.to_string());
  return fs::replace_file(fs, fs::join(data_directory, std::string(kMetaPropertiesFile)),
                          as_bytes(text));
}

Result<Uuid> read_partition_metadata(fs::FileSystem& fs, const std::string& partition_directory) {
  const auto path = fs::join(partition_directory, std::string(kPartitionMetadataFile));
  TRY_ASSIGN(const auto values, read_values(fs, path, ':'));
  if (!values) return Uuid{};
  if (value_of(*values, "version") != "0") return malformed(path, "version");
  const auto id = Uuid::parse(value_of(*values, "topic_id"));
  if (!id) return malformed(path, "topic_id");
  return *id;
}

Result<void> write_partition_metadata(fs::FileSystem& fs, const std::string& partition_directory,
                                      const Uuid& topic_id) {
  const auto text = fmt::format("version: 0\ntopic_id: {}", topic_id.to_string());
  return fs::replace_file(fs, fs::join(partition_directory, std::string(kPartitionMetadataFile)),
                          as_bytes(text));
}

}  // namespace kreel::storage
