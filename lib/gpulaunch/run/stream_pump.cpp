#include "gpulaunch/run/stream_pump.hpp"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

namespace gpulaunch {
namespace {

constexpr std::size_t buffer_size = 1 << 20;
// A rank that fills half of a default pipe between two of our reads writes enough to be worth a larger one.
constexpr ssize_t busy_read = 32L * 1024;

constexpr Stream both_streams[] = {Stream::out, Stream::err};

std::uint32_t number_of(StreamId id) {
  return static_cast<std::uint32_t>(id.rank) * 2 + static_cast<unsigned>(id.stream);
}

StreamId stream_id(std::uint32_t number) {
  return {static_cast<int>(number / 2), number % 2 == 0 ? Stream::out : Stream::err};
}

}  // namespace

Result<StreamPump> StreamPump::create(OutputRouter& router, std::size_t ranks) {
  auto epoll = Epoll::create();
  if (!epoll) return tl::unexpected(epoll.error());
  return StreamPump(router, std::move(*epoll), ranks);
}

// An unprivileged user may hold 64 MiB in enlarged pipes (pipe(7), pipe-user-pages-soft): shared among the ranks.
StreamPump::StreamPump(OutputRouter& router, Epoll epoll, std::size_t ranks)
    : router_(&router),
      epoll_(std::move(epoll)),
      wide_pipe_(ranks <= 16    ? 1 << 20
                 : ranks <= 128 ? 1 << 18
                                : 0) {}

Result<void> StreamPump::watch(RankProcess& process, int rank) {
  for (const Stream which : both_streams) {
    const auto& stream = process.stream(which);
    if (!stream.fd) continue;
    auto watched = epoll_.watch(stream.fd.get(), Interest::read, {Source::stream, number_of({rank, which})});
    if (!watched) return watched;
  }
  return {};
}

std::size_t StreamPump::read_ready(std::vector<RankProcess>& processes, Instant now) {
  bytes_read_ = 0;
  ready_.clear();
  epoll_.collect(ready_, false);
  for (const Token token : ready_) {
    const StreamId id = stream_id(token.index);
    auto& process = processes[static_cast<std::size_t>(id.rank)];
    if (process.stream(id.stream).fd) read_once(process, id, now);
  }
  return bytes_read_;
}

StreamPump::ReadResult StreamPump::read_once(RankProcess& process, StreamId id, Instant now) {
  auto& stream = process.stream(id.stream);
  if (!buffer_) buffer_ = std::make_unique_for_overwrite<char[]>(buffer_size);
  const ssize_t size = ::read(stream.fd.get(), buffer_.get(), buffer_size);
  if (size > 0) {
    bytes_read_ += static_cast<std::size_t>(size);
    const std::string_view bytes(buffer_.get(), static_cast<std::size_t>(size));
    if (progress_ != nullptr) progress_->on_output(id.rank, static_cast<std::size_t>(id.stream), bytes, now.mono);
    router_->write(id, bytes, now);
    if (size >= busy_read) widen(stream);
    return ReadResult::data;
  }
  if (size < 0 && (errno == EAGAIN || errno == EINTR)) return ReadResult::nothing;
  // End of file, or EIO: the last process has closed its end of the pseudo-terminal.
  close(process, id, now);
  return ReadResult::ended;
}

void StreamPump::widen(RankStream& stream) const {
  if (stream.widened || wide_pipe_ == 0) return;
  stream.widened = true;
  ::fcntl(stream.fd.get(), F_SETPIPE_SZ, wide_pipe_);
}

void StreamPump::drain(RankProcess& process, int rank, Instant now) {
  for (const Stream which : both_streams) {
    // What is in the pipe now is the rank's last word; a child of the rank may go on writing for ever.
    for (ssize_t budget = buffer_size; budget > 0 && process.stream(which).fd; budget -= busy_read) {
      if (read_once(process, {rank, which}, now) != ReadResult::data) break;
    }
  }
}

bool StreamPump::finish(std::vector<RankProcess>& processes, Instant now) {
  for (std::size_t i = 0; i < processes.size(); ++i) {
    for (const Stream which : both_streams) {
      const StreamId id{static_cast<int>(i), which};
      while (processes[i].stream(which).fd) {
        if (router_->congested()) return false;
        // Somebody outside of the job may have been handed the write end; nobody waits for him.
        if (read_once(processes[i], id, now) == ReadResult::nothing) close(processes[i], id, now);
      }
    }
  }
  return true;
}

void StreamPump::close(RankProcess& process, StreamId id, Instant now) {
  auto& stream = process.stream(id.stream);
  epoll_.forget(stream.fd.get());
  stream.fd.reset();
  router_->close(id, now);
}

}  // namespace gpulaunch
