#include "cli/line_reader.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace kreel::cli {
namespace {

constexpr std::size_t kReadBytes = 256 * 1024;

}  // namespace

LineReader::LineReader(ByteSource& source, std::size_t line_bytes_max, CutSink keep_cut)
    : source_(source),
      line_bytes_max_(line_bytes_max),
      keep_cut_(std::move(keep_cut)),
      buffer_(kReadBytes) {}

// More bytes behind end_; false at the end of the input.
Result<bool> LineReader::fill() {
  if (at_end_) return false;
  if (end_ == buffer_.size()) {
    if (begin_ > 0) {
      std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
      end_ -= begin_;
      scanned_ -= begin_;
      begin_ = 0;
    }
    // Half a buffer is left, or the line needs a larger one.
    if (end_ > buffer_.size() / 2) buffer_.resize(buffer_.size() * 2);
  }
  TRY_ASSIGN(const std::size_t count, source_.read(buffer_.data() + end_, buffer_.size() - end_));
  end_ += count;
  bytes_read_ += static_cast<std::int64_t>(count);
  at_end_ = count == 0;
  return count > 0;
}

Result<std::optional<Line>> LineReader::next() {
  scanned_ = begin_;
  while (true) {
    const char* from = buffer_.data() + scanned_;
    if (const void* found = std::memchr(from, '\n', end_ - scanned_); found != nullptr) {
      const auto at = static_cast<std::size_t>(static_cast<const char*>(found) - buffer_.data());
      const std::size_t size = at - begin_;
      const std::string_view text(buffer_.data() + begin_, std::min(size, line_bytes_max_));
      if (size > line_bytes_max_) TRY(keep({buffer_.data() + begin_, size}));
      begin_ = at + 1;
      return Line{text, ++number_, size};
    }
    scanned_ = end_;
    if (end_ - begin_ > line_bytes_max_) {
      TRY_ASSIGN(const Line line, skip_rest());
      return line;
    }
    TRY_ASSIGN(const bool more, fill());
    if (more) continue;
    if (begin_ == end_) return std::nullopt;
    const std::string_view text(buffer_.data() + begin_, end_ - begin_);
    begin_ = end_;
    return Line{text, ++number_, text.size()};
  }
}

// The start of the line stays where it is; the rest goes through the space behind it.
Result<Line> LineReader::skip_rest() {
  const std::size_t kept_end = begin_ + line_bytes_max_;
  std::uint64_t size = end_ - begin_;
  TRY(keep({buffer_.data() + begin_, end_ - begin_}));
  if (buffer_.size() - kept_end < kReadBytes) buffer_.resize(kept_end + kReadBytes);
  while (true) {
    const std::size_t room = buffer_.size() - kept_end;
    TRY_ASSIGN(const std::size_t count, source_.read(buffer_.data() + kept_end, room));
    bytes_read_ += static_cast<std::int64_t>(count);
    at_end_ = count == 0;
    const char* piece = buffer_.data() + kept_end;
    const void* found = count == 0 ? nullptr : std::memchr(piece, '\n', count);
    if (found == nullptr && !at_end_) {
      TRY(keep({piece, count}));
      size += count;
      continue;
    }
    const auto before =
        found == nullptr ? 0 : static_cast<std::size_t>(static_cast<const char*>(found) - piece);
    TRY(keep({piece, before}));
    const Line line{{buffer_.data() + begin_, line_bytes_max_}, ++number_, size + before};
    begin_ = kept_end + before + (found == nullptr ? 0 : 1);
    end_ = kept_end + count;
    scanned_ = begin_;
    return line;
  }
}

}  // namespace kreel::cli
