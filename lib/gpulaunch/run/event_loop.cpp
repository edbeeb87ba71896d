#include "gpulaunch/run/event_loop.hpp"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <array>

namespace gpulaunch {
namespace {

std::uint64_t pack(Token token) {
  return (std::uint64_t{static_cast<std::uint32_t>(token.source)} << 32) | token.index;
}

Token unpack(std::uint64_t data) {
  return {static_cast<Source>(data >> 32), static_cast<std::uint32_t>(data & 0xffffffffU)};
}

itimerspec as_timer(std::optional<Mono> deadline) {
  if (!deadline) return {};
  // A deadline of zero would disarm the timer, so one in the past becomes the first nanosecond.
  const auto since_boot = std::max(deadline->time_since_epoch(), Nanos{1});
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(since_boot);
  itimerspec timer{};
  timer.it_value.tv_sec = seconds.count();
  timer.it_value.tv_nsec = (since_boot - seconds).count();
  return timer;
}

}  // namespace

Result<Epoll> Epoll::create() {
  Fd fd(::epoll_create1(EPOLL_CLOEXEC));
  if (!fd) return fail_errno("cannot create an epoll instance", errno);
  return Epoll(std::move(fd));
}

Result<void> Epoll::watch(int fd, Interest interest, Token token) {
  epoll_event event{};
  event.events = interest == Interest::read ? EPOLLIN : EPOLLOUT;
  event.data.u64 = pack(token);
  if (::epoll_ctl(fd_.get(), EPOLL_CTL_ADD, fd, &event) != 0) return fail_errno("cannot watch a descriptor", errno);
  return {};
}

void Epoll::forget(int fd) { ::epoll_ctl(fd_.get(), EPOLL_CTL_DEL, fd, nullptr); }

void Epoll::collect(std::vector<Token>& ready, bool wait) {
  std::array<epoll_event, 256> events;
  const int count = ::epoll_wait(fd_.get(), events.data(), static_cast<int>(events.size()), wait ? -1 : 0);
  for (int i = 0; i < count; ++i) ready.push_back(unpack(events[static_cast<std::size_t>(i)].data.u64));
}

Result<Alarm> Alarm::create() {
  Fd fd(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK));
  if (!fd) return fail_errno("cannot create a timer", errno);
  return Alarm(std::move(fd));
}

void Alarm::arm(std::optional<Mono> deadline) {
  if (deadline == armed_) return;
  const itimerspec timer = as_timer(deadline);
  const auto set = [&] { return ::timerfd_settime(fd_.get(), TFD_TIMER_ABSTIME, &timer, nullptr) == 0; };
  // Where nothing else comes, nobody would wake us to try again.
  armed_ = set() || set() ? deadline : std::nullopt;
}

void Alarm::acknowledge() {
  std::uint64_t expirations = 0;
  if (::read(fd_.get(), &expirations, sizeof expirations) > 0) armed_.reset();
}

}  // namespace gpulaunch
