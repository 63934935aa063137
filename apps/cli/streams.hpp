#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>

#include <kreel/result.hpp>

namespace kreel::cli {

// Environment variables by name. Ordered, so that what is read from it is reported in one order.
using Environment = std::map<std::string, std::string, std::less<>>;
Environment read_environment();

// A buffered output. A write error is kept, and what is written after it is dropped: the end of the
// program asks once.
class OutStream {
 public:
  // Writes to `fd`, which stays the caller's. `name` is what errors call it.
  OutStream(int fd, std::string name) : fd_(fd), name_(std::move(name)) {}
  // Collects in `memory`, for tests.
  explicit OutStream(std::string& memory) : memory_(&memory) {}
  ~OutStream() { flush_now(); }
  OutStream(const OutStream&) = delete;
  OutStream& operator=(const OutStream&) = delete;

  void write(std::string_view text);
  // Everything so far reaches the other side, or the error is kept.
  void flush_now();
  // False after an error: a command that writes for long stops then.
  bool ok() const { return errno_ == 0; }
  // ok(), for who has nothing to write now: a reader that went away counts as a write error.
  bool has_reader();
  // The reader went away (`| head`): the command ends with 0 and without a word.
  bool closed_by_reader() const;
  // What finish() says after a write error, beside the reason: a better name, and how far it came.
  void explain_error(std::string name, std::string progress);
  // Flushes; kIo with "write error on NAME: ..." unless all went out or the reader went away.
  Result<void> finish();

 private:
  int fd_ = -1;
  std::string* memory_ = nullptr;
  std::string name_;
  std::string error_progress_;
  std::string buffer_;
  int errno_ = 0;
};

// stdin, stdout and stderr, and what they are connected to.
struct Streams {
  Streams(OutStream& out_stream, OutStream& err_stream) : out(out_stream), err(err_stream) {}

  OutStream& out;
  OutStream& err;
  bool in_is_terminal = false;
  bool out_is_terminal = false;
  bool err_is_terminal = false;
  bool out_colour = false;  // a terminal, and NO_COLOR is not set
  bool err_colour = false;
  bool unicode = false;  // the locale's character set is UTF-8
  int width = 80;        // columns of the terminal; 80 where there is none
};

struct TerminalSize {
  int rows = 24;
  int columns = 80;
};
// Of stdout, as it is now.
TerminalSize terminal_size();

// What fits of `text` into `columns` of a terminal, colour sequences not counted: whole characters,
// one column each.
std::string clip_to_columns(std::string_view text, int columns);

// Fills in what isatty, NO_COLOR, TERM and COLUMNS say.
void detect_terminal(Streams& streams, const Environment& environment);

}  // namespace kreel::cli
