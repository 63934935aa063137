#include "cli/record_source.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <kreel/text.hpp>

namespace kreel::cli {
namespace {

// JSON writes a byte with six characters at most, and names fields.
constexpr std::size_t kJsonExpansion = 6;
constexpr std::size_t kJsonFields = 4096;
constexpr std::size_t kRawReadBytes = 256 * 1024;

class LineSource : public RecordSource {
 public:
  LineSource(ByteSource source, RecordSourceOptions options)
      : RecordSource(source.name(), std::move(options)),
        source_(std::move(source)),
        reader_(source_,
                options_.record_bytes_max + options_.key_delimiter.value_or(std::string()).size(),
                options_.keep_cut) {}

  Result<std::optional<RecordView>> next() override {
    TRY_ASSIGN(const std::optional<Line> line, reader_.next());
    if (!line) return std::nullopt;
    line_ = line->number;
    text_ = line->text;
    too_large_ = false;
    if (line->is_cut()) return fail(too_large(line->size_bytes));
    RecordView record;
    std::string_view value = line->text;
    if (options_.key) record.key = *options_.key;
    if (options_.key_delimiter) {
      const auto at = value.find(*options_.key_delimiter);
      if (at != std::string_view::npos) {
        record.key = nullable(value.substr(0, at));
        value.remove_prefix(at + options_.key_delimiter->size());
      }
    }
    record.value = nullable(value);
    return record;
  }

  std::int64_t done() const override { return reader_.bytes_read(); }

 private:
  std::optional<std::string_view> nullable(std::string_view text) const {
    if (options_.null_as && text == *options_.null_as) return std::nullopt;
    return text;
  }

  ByteSource source_;
  LineReader reader_;
};

class JsonlSource : public RecordSource {
 public:
  JsonlSource(ByteSource source, RecordSourceOptions options)
      : RecordSource(source.name(), std::move(options)),
        source_(std::move(source)),
        reader_(source_, options_.record_bytes_max * kJsonExpansion + kJsonFields,
                options_.keep_cut) {}

  Result<std::optional<RecordView>> next() override {
    std::optional<Line> line;
    do {
      TRY_ASSIGN(line, reader_.next());
      if (!line) return std::nullopt;
      line_ = line->number;
    } while (trim(line->text).empty() && !line->is_cut());
    text_ = line->text;
    too_large_ = false;
    if (line->is_cut()) return fail(too_large(line->size_bytes));
    TRY_ASSIGN(record_, parse_jsonl(line->text, name(), line_));
    if (options_.key && !record_.key) record_.key = options_.key;
    return view_.view_of(record_);
  }

  std::int64_t done() const override { return reader_.bytes_read(); }

 private:
  ByteSource source_;
  LineReader reader_;
  Record record_;
  RecordViewBuffer view_;
};

class RawSource : public RecordSource {
 public:
  RawSource(ByteSource source, RecordSourceOptions options)
      : RecordSource(source.name(), std::move(options)), source_(std::move(source)) {}

  Result<std::optional<RecordView>> next() override {
    if (done_) return std::nullopt;
    done_ = true;
    line_ = 1;
    const std::size_t limit = options_.record_bytes_max;
    while (true) {
      const auto kept = static_cast<std::size_t>(
          std::min<std::int64_t>(bytes_read_, static_cast<std::int64_t>(limit)));
      bytes_.resize(kept + kRawReadBytes);
      TRY_ASSIGN(const std::size_t count, source_.read(bytes_.data() + kept, kRawReadBytes));
      const bool was_cut = static_cast<std::size_t>(bytes_read_) > limit;
      bytes_read_ += static_cast<std::int64_t>(count);
      if (options_.keep_cut && static_cast<std::size_t>(bytes_read_) > limit) {
        const std::size_t from = was_cut ? kept : 0;
        TRY(options_.keep_cut({bytes_.data() + from, kept + count - from}));
      }
      bytes_.resize(std::min(kept + count, limit));
      if (count == 0) break;
    }
    text_ = bytes_;
    // Nothing on stdin is nothing to write; an empty file that was named is an empty value.
    if (bytes_read_ == 0 && name() == "stdin") return std::nullopt;
    if (static_cast<std::size_t>(bytes_read_) > limit) {
      return fail(too_large(static_cast<std::uint64_t>(bytes_read_)));
    }
    RecordView record;
    if (options_.key) record.key = *options_.key;
    record.value = bytes_;
    return record;
  }

  std::int64_t done() const override { return bytes_read_; }

 private:
  ByteSource source_;
  bool done_ = false;
  std::string bytes_;
  std::int64_t bytes_read_ = 0;
};

class MadeUpSource : public RecordSource {
 public:
  MadeUpSource(MadeUpRecords records, RecordSourceOptions options)
      : RecordSource("template", std::move(options)),
        records_(std::move(records)),
        random_(std::random_device()()) {}

  Result<std::optional<RecordView>> next() override {
    if (line_ == records_.count) return std::nullopt;
    ++line_;
    const std::int64_t now_ms = records_.now_ms();
    value_.clear();
    records_.value.append(line_, now_ms, random_, value_);
    text_ = value_;
    RecordView record;
    record.value = value_;
    if (records_.key) {
      key_.clear();
      records_.key->append(line_, now_ms, random_, key_);
      record.key = key_;
    }
    return record;
  }

  std::int64_t done() const override { return line_; }

 private:
  MadeUpRecords records_;
  std::mt19937_64 random_;
  std::string key_;
  std::string value_;
};

}  // namespace

std::unique_ptr<RecordSource> RecordSource::make_up(MadeUpRecords records,
                                                    RecordSourceOptions options) {
  return std::make_unique<MadeUpSource>(std::move(records), std::move(options));
}

std::unique_ptr<RecordSource> RecordSource::make(ByteSource source, RecordSourceOptions options) {
  switch (options.form) {
    case RecordForm::kJsonl:
      return std::make_unique<JsonlSource>(std::move(source), std::move(options));
    case RecordForm::kRaw:
      return std::make_unique<RawSource>(std::move(source), std::move(options));
    case RecordForm::kLines:
      break;
  }
  return std::make_unique<LineSource>(std::move(source), std::move(options));
}

std::string RecordSource::where() const {
  return fmt::format("{}:{}", name_, line_);
}

Error RecordSource::too_large(std::uint64_t size_bytes) {
  too_large_ = true;
  const auto limit = static_cast<std::int64_t>(options_.record_bytes_max);
  return Error(
      ErrorKind::kBadInput,
      fmt::format("{}: {}", where(), too_large_text(static_cast<std::int64_t>(size_bytes), limit)));
}

std::string too_large_text(std::int64_t size_bytes, std::int64_t limit_bytes) {
  return fmt::format("{} bytes is over the topic's limit {}", with_thousands(size_bytes),
                     with_thousands(limit_bytes));
}

}  // namespace kreel::cli
