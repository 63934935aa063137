#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <kreel/record.hpp>

#include "kafka/coordinator_format.hpp"
#include "kafka/line_message.hpp"
#include "kafka/options.hpp"

namespace kreel::kafka_tools {

// One of Java's deserializers and toString() of what it makes: the text of `bytes`.
using Deserializer = std::function<Outcome<std::string>(std::string_view bytes)>;
// "org.apache.kafka.common.serialization.LongDeserializer", or the last word of it.
Outcome<Deserializer> find_deserializer(std::string_view name);

// Java's message formatters: Default, Logging and NoOp, and those of the coordinators' topics.
class MessageFormat {
 public:
  // `name` is the formatter's class; properties as after --formatter-property.
  static Outcome<MessageFormat> make(std::string_view name, const PropertyMap& properties);
  // Deserializers that there are only in Java.
  const std::vector<std::string>& unknown_deserializers() const { return unknown_deserializers_; }
  // Appends what stands for `record`, or as much of it as can be told.
  Outcome<void> append(const RecordView& record, std::string& out) const;

 private:
  enum class Kind { kColumns, kNothing };

  void read(const PropertyMap& properties);
  Outcome<void> append_bytes(std::optional<std::string_view> bytes, const Deserializer& how,
                             std::string& out) const;
  Outcome<void> append_headers(const RecordView& record, std::string& out) const;
  Outcome<void> append_columns(const RecordView& record, std::string& out) const;

  Kind kind_ = Kind::kColumns;
  std::optional<CoordinatorRecords> coordinator_records_;
  bool print_timestamp_ = false;
  bool print_key_ = false;
  bool print_offset_ = false;
  bool print_partition_ = false;
  bool print_headers_ = false;
  bool print_value_ = true;
  bool print_delivery_ = false;
  bool print_epoch_ = false;
  std::string key_separator_ = "\t";
  std::string line_separator_ = "\n";
  std::string headers_separator_ = ",";
  std::string null_literal_ = "null";
  Deserializer key_;
  Deserializer value_;
  Deserializer header_;
  std::vector<std::string> unknown_deserializers_;
};

// What has taken the place of a formatter that Kafka 3.9 was the last to know.
std::optional<std::string_view> current_formatter(const Options& options);
// By --formatter and the options that go with it.
Outcome<MessageFormat> message_format_of(const Options& options);

}  // namespace kreel::kafka_tools
