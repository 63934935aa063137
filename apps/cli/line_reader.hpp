#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "cli/byte_source.hpp"

namespace kreel::cli {

struct Line {
  std::string_view text;    // without its line feed; valid until the next call
  std::int64_t number = 0;  // from 1
  // Of the whole line: more than text.size() when it was over the limit.
  std::uint64_t size_bytes = 0;

  bool is_cut() const { return size_bytes > text.size(); }
};

// Given all pieces of what is over a limit, in their order, before it is told.
using CutSink = std::function<Result<void>(std::string_view)>;

// Lines of any input in bounded memory: a line over `line_bytes_max` comes cut, and is skipped.
class LineReader {
 public:
  LineReader(ByteSource& source, std::size_t line_bytes_max, CutSink keep_cut = {});

  // nullopt at the end. A last line without a line feed counts; an empty rest does not.
  Result<std::optional<Line>> next();
  std::int64_t bytes_read() const { return bytes_read_; }

 private:
  Result<bool> fill();
  Result<Line> skip_rest();
  Result<void> keep(std::string_view piece) const {
    return keep_cut_ ? keep_cut_(piece) : Result<void>();
  }

  ByteSource& source_;
  std::size_t line_bytes_max_;
  CutSink keep_cut_;
  std::vector<char> buffer_;
  std::size_t begin_ = 0;    // of the next line
  std::size_t scanned_ = 0;  // no line feed before this
  std::size_t end_ = 0;
  bool at_end_ = false;
  std::int64_t number_ = 0;
  std::int64_t bytes_read_ = 0;
};

}  // namespace kreel::cli
