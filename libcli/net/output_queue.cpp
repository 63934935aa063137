#include "net/output_queue.hpp"

#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "net/limits.hpp"

namespace kreel::net {
namespace {

constexpr std::size_t kBuffersPerCall = 64;
// One connection's file must not keep the thread from the others for long.
constexpr std::size_t kSendfileBytes = 1U << 20;
// Pipelined requests have many small replies: copied together, each gives its memory back at once
// and the kernel gathers from one place.
constexpr std::size_t kSmallFrameBytes = 512;
constexpr std::size_t kJoinedFramesBytes = std::size_t{16} << 10;

}  // namespace

void OutputQueue::push(protocol::WireParts frame) {
  queued_bytes_ += frame.size_bytes();
  if (!join(frame)) frames_.push_back({.parts = std::move(frame)});
}

/// False when the frame needs a place of its own.
bool OutputQueue::join(const protocol::WireParts& frame) {
  if (frames_.empty() || !frame.files.empty() || frame.bytes.size() > kSmallFrameBytes)
    return false;
  protocol::WireParts& last = frames_.back().parts;
  if (!last.files.empty() || last.bytes.size() + frame.bytes.size() > kJoinedFramesBytes) {
    return false;
  }
  last.bytes.insert(last.bytes.end(), frame.bytes.begin(), frame.bytes.end());
  return true;
}

OutputQueue::Progress OutputQueue::write_to(int socket) {
  const std::size_t stop_at_bytes =
      queued_bytes_ - std::min(queued_bytes_, limits::kWrittenPerTurnBytes);
  while (!frames_.empty()) {
    if (queued_bytes_ < stop_at_bytes) return Progress::kBlocked;
    Frame& frame = frames_.front();
    const auto& files = frame.parts.files;
    const bool file_next =
        frame.next_file < files.size() && files[frame.next_file].at == frame.next_byte;
    const Progress progress = file_next ? write_file(socket, frame) : write_memory(socket);
    if (progress != Progress::kDone) return progress;
  }
  return Progress::kDone;
}

// Gathers memory across frames up to the next file part.
OutputQueue::Progress OutputQueue::write_memory(int socket) {
  std::array<iovec, kBuffersPerCall> buffers;
  std::size_t count = 0;
  bool file_follows = false;
  for (Frame& frame : frames_) {
    if (count == buffers.size() || file_follows) break;
    const auto& files = frame.parts.files;
    file_follows = frame.next_file < files.size();
    const std::size_t end = file_follows ? files[frame.next_file].at : frame.parts.bytes.size();
    buffers[count++] = {frame.parts.bytes.data() + frame.next_byte, end - frame.next_byte};
  }
  msghdr message{};
  message.msg_iov = buffers.data();
  message.msg_iovlen = count;
  const int flags = MSG_NOSIGNAL | (file_follows ? MSG_MORE : 0);
  const ssize_t sent = ::sendmsg(socket, &message, flags);
  if (sent < 0) return progress_after_error();
  advance(static_cast<std::size_t>(sent));
  return Progress::kDone;
}

/// Of a call that wrote to the socket.
OutputQueue::Progress OutputQueue::progress_after_error() {
  if (errno == EINTR) return Progress::kDone;
  return errno == EAGAIN ? Progress::kBlocked : Progress::kFailed;
}

void OutputQueue::advance(std::size_t count) {
  queued_bytes_ -= count;
  while (!frames_.empty()) {
    Frame& frame = frames_.front();
    const auto& files = frame.parts.files;
    const std::size_t end =
        frame.next_file < files.size() ? files[frame.next_file].at : frame.parts.bytes.size();
    const std::size_t here = std::min(count, end - frame.next_byte);
    frame.next_byte += here;
    count -= here;
    const bool finished =
        frame.next_byte == frame.parts.bytes.size() && frame.next_file == files.size();
    if (!finished) return;
    frames_.pop_front();
  }
}

OutputQueue::Progress OutputQueue::write_file(int socket, Frame& frame) {
  const protocol::Records& records = frame.parts.files[frame.next_file].records;
  const std::size_t left = records.size_bytes() - frame.file_sent;
  if (left > 0) {
    auto position = static_cast<off_t>(records.position() + frame.file_sent);
    const ssize_t sent =
        ::sendfile(socket, records.descriptor(), &position, std::min(left, kSendfileBytes));
    if (sent < 0) return errno == EIO ? Progress::kUnreadable : progress_after_error();
    if (sent == 0) return Progress::kUnreadable;
    file_written(frame, static_cast<std::size_t>(sent));
    return Progress::kDone;
  }
  file_written(frame, 0);
  return Progress::kDone;
}

/// Goes on to what comes behind the file part once all of it is written.
void OutputQueue::file_written(Frame& frame, std::size_t count) {
  frame.file_sent += count;
  queued_bytes_ -= count;
  if (frame.file_sent < frame.parts.files[frame.next_file].records.size_bytes()) return;
  ++frame.next_file;
  frame.file_sent = 0;
  advance(0);
}

OutputQueue::Progress OutputQueue::write_to(TlsStream& tls) {
  const std::size_t stop_at_bytes =
      queued_bytes_ - std::min(queued_bytes_, limits::kWrittenPerTurnBytes);
  while (!frames_.empty()) {
    if (queued_bytes_ < stop_at_bytes) return Progress::kBlocked;
    Frame& frame = frames_.front();
    const auto& files = frame.parts.files;
    const bool file_follows = frame.next_file < files.size();
    const std::size_t end = file_follows ? files[frame.next_file].at : frame.parts.bytes.size();
    const Progress progress =
        frame.next_byte < end ? encrypt_memory(tls, frame, end) : encrypt_file(tls, frame);
    if (progress != Progress::kDone) return progress;
  }
  return Progress::kDone;
}

OutputQueue::Progress OutputQueue::encrypt_memory(TlsStream& tls, Frame& frame, std::size_t end) {
  std::size_t written = 0;
  const auto progress = tls.write(
      ByteView(frame.parts.bytes).subspan(frame.next_byte, end - frame.next_byte), written);
  if (progress == TlsStream::Progress::kWantsWrite) return Progress::kBlocked;
  if (progress != TlsStream::Progress::kDone) return Progress::kFailed;
  advance(written);
  return Progress::kDone;
}

// What a blocked write has to see again stands in the file, as it did before. The buffer is made by
// the threads that need it: thread-local arrays would lie on the small stacks of the web server.
OutputQueue::Progress OutputQueue::encrypt_file(TlsStream& tls, Frame& frame) {
  static thread_local Bytes buffer(limits::kEncryptedFileBytes);
  const protocol::Records& records = frame.parts.files[frame.next_file].records;
  const std::size_t wanted = std::min(records.size_bytes() - frame.file_sent, buffer.size());
  std::size_t written = 0;
  if (wanted > 0) {
    const ssize_t got = ::pread(records.descriptor(), buffer.data(), wanted,
                                static_cast<off_t>(records.position() + frame.file_sent));
    if (got < 0 && errno == EINTR) return Progress::kDone;
    if (got <= 0) return Progress::kUnreadable;
    const auto progress = tls.write(ByteView(buffer).first(static_cast<std::size_t>(got)), written);
    if (progress == TlsStream::Progress::kWantsWrite) return Progress::kBlocked;
    if (progress != TlsStream::Progress::kDone) return Progress::kFailed;
  }
  file_written(frame, written);
  return Progress::kDone;
}

}  // namespace kreel::net
