#include "gpulaunch/process/guard_link.hpp"

#include <errno.h>
#include <linux/sockios.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>

namespace gpulaunch {
namespace {

// The kernel has no memory for a packet, which passes; or a signal came between.
bool may_work_again(int error) noexcept { return error == ENOBUFS || error == ENOMEM || error == EINTR; }

}  // namespace

Result<std::array<GuardLink, 2>> GuardLink::pair() {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends.data()) != 0) {
    return fail_errno("cannot make the guardians' link", errno);
  }
  return std::array{GuardLink(Fd(ends[0])), GuardLink(Fd(ends[1]))};
}

bool GuardLink::send(const GuardMessage& message, std::string_view text) const noexcept {
  if (!fd_ || text.size() > longest_text) return false;
  // sendmsg(2) takes pointers that it may not write through.
  std::array<iovec, 2> parts{iovec{const_cast<GuardMessage*>(&message), sizeof message},
                             iovec{const_cast<char*>(text.data()), text.size()}};
  msghdr packet{};
  packet.msg_iov = parts.data();
  packet.msg_iovlen = parts.size();
  constexpr int tries = 100;  // a peer may wait for this message and for nothing else
  for (int i = 0; i < tries; ++i) {
    if (::sendmsg(fd_.get(), &packet, MSG_NOSIGNAL) >= 0) return true;
    if (!may_work_again(errno)) return false;
    ::poll(nullptr, 0, 1);
  }
  return false;
}

// Of a local socket, SIOCOUTQ counts what its peer has not read (unix_outq_len in net/unix/af_unix.c).
bool GuardLink::all_taken() const noexcept {
  int waiting = 0;
  return !fd_ || ::ioctl(fd_.get(), SIOCOUTQ, &waiting) != 0 || waiting == 0;
}

GuardLink::Received GuardLink::receive() noexcept {
  GuardMessage message;
  std::array<iovec, 2> parts{iovec{&message, sizeof message}, iovec{text_.data(), text_.size()}};
  msghdr packet{};
  packet.msg_iov = parts.data();
  packet.msg_iovlen = parts.size();
  ssize_t size = ::recvmsg(fd_.get(), &packet, 0);
  // A peer that ends with something of ours unread resets the link, which is told once, before what it had still sent.
  if (size < 0 && errno == ECONNRESET) size = ::recvmsg(fd_.get(), &packet, 0);
  if (size < 0 && (errno == EAGAIN || may_work_again(errno))) return {};
  if (size < static_cast<ssize_t>(sizeof message)) return {.message = {}, .text = {}, .peer_gone = true};
  return {.message = message, .text = {text_.data(), static_cast<std::size_t>(size) - sizeof message}};
}

}  // namespace gpulaunch
