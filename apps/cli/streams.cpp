#include "cli/streams.hpp"

#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>

#include <fmt/format.h>
#include <kreel/text.hpp>

#include "cli/files.hpp"

extern char** environ;

namespace kreel::cli {
namespace {

constexpr std::size_t kBufferBytesMax = 64 * 1024;

int terminal_width(const Environment& environment) {
  if (const auto columns = environment.find("COLUMNS"); columns != environment.end()) {
    if (const auto width = parse_int32(columns->second); width && *width >= 20) return *width;
  }
  winsize size{};
  for (const int fd : {STDOUT_FILENO, STDERR_FILENO}) {
    if (::ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col >= 20) return size.ws_col;
  }
  return 80;
}

bool is_utf8_locale(const Environment& environment) {
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    const auto found = environment.find(name);
    if (found == environment.end() || found->second.empty()) continue;
    const std::string value = to_lower(found->second);
    return value.find("utf-8") != std::string::npos || value.find("utf8") != std::string::npos;
  }
  return false;
}

}  // namespace

TerminalSize terminal_size() {
  TerminalSize size;
  winsize found{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &found) == 0 && found.ws_col > 0 && found.ws_row > 0) {
    size = {found.ws_row, found.ws_col};
  }
  return size;
}

std::string clip_to_columns(std::string_view text, int columns) {
  std::string clipped;
  for (std::size_t i = 0; i < text.size();) {
    std::size_t end = i + 1;
    const bool sequence = text.substr(i, 2) == "\x1b[";
    if (sequence) {
      end = text.find('m', i);
      if (end == std::string_view::npos) break;
      ++end;
    } else {
      while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xc0U) == 0x80U) ++end;
    }
    if (sequence || columns-- > 0) clipped += text.substr(i, end - i);
    i = end;
  }
  return clipped;
}

Environment read_environment() {
  Environment result;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const auto equals = text.find('=');
    if (equals != std::string_view::npos) {
      result.emplace(std::string(text.substr(0, equals)), std::string(text.substr(equals + 1)));
    }
  }
  return result;
}

void OutStream::write(std::string_view text) {
  if (memory_ != nullptr) {
    memory_->append(text);
    return;
  }
  if (!ok()) return;
  buffer_.append(text);
  if (buffer_.size() >= kBufferBytesMax) flush_now();
}

void OutStream::flush_now() {
  std::string_view rest = buffer_;
  while (!rest.empty() && ok()) {
    const ssize_t written = ::write(fd_, rest.data(), rest.size());
    if (written >= 0) {
      rest.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno != EINTR) {
      errno_ = errno;
    }
  }
  buffer_.clear();
}

bool OutStream::has_reader() {
  if (memory_ != nullptr || !ok()) return ok();
  pollfd out{.fd = fd_, .events = 0, .revents = 0};
  const bool gone = ::poll(&out, 1, 0) > 0 && (out.revents & (POLLERR | POLLHUP)) != 0;
  if (gone) errno_ = EPIPE;
  return ok();
}

bool OutStream::closed_by_reader() const {
  return errno_ == EPIPE;
}

Result<void> OutStream::finish() {
  flush_now();
  if (ok() || closed_by_reader()) return {};
  const std::string progress = error_progress_.empty() ? "" : " (" + error_progress_ + ")";
  return fail(ErrorKind::kIo,
              fmt::format("write error on {}: {}{}", name_, system_text(errno_), progress));
}

void OutStream::explain_error(std::string name, std::string progress) {
  name_ = std::move(name);
  error_progress_ = std::move(progress);
}

void detect_terminal(Streams& streams, const Environment& environment) {
  streams.in_is_terminal = ::isatty(STDIN_FILENO) == 1;
  streams.out_is_terminal = ::isatty(STDOUT_FILENO) == 1;
  streams.err_is_terminal = ::isatty(STDERR_FILENO) == 1;
  streams.unicode = is_utf8_locale(environment);
  const auto no_color = environment.find("NO_COLOR");
  const auto term = environment.find("TERM");
  const bool colour = (no_color == environment.end() || no_color->second.empty()) &&
                      (term == environment.end() || term->second != "dumb");
  streams.out_colour = streams.out_is_terminal && colour;
  streams.err_colour = streams.err_is_terminal && colour;
  if (streams.out_is_terminal || streams.err_is_terminal) {
    streams.width = terminal_width(environment);
  }
}

}  // namespace kreel::cli
