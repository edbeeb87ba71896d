#include "gpulaunch/inspection/ras_client.hpp"

#include "gpulaunch/base/fd.hpp"

#include <fmt/format.h>

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

namespace gpulaunch {
namespace {

constexpr std::size_t longest_answer = 1 << 20;

using Addresses = std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)>;

std::pair<std::string, std::string> host_and_port(const std::string& address) {
  const auto colon = address.rfind(':');
  if (colon == std::string::npos) return {};
  auto host = address.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  return {host, address.substr(colon + 1)};
}

Addresses look_up(const std::string& address) {
  const auto [host, port] = host_and_port(address);
  addrinfo wanted{};
  wanted.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const bool known = !host.empty() && !port.empty() && ::getaddrinfo(host.c_str(), port.c_str(), &wanted, &found) == 0;
  return {known ? found : nullptr, &::freeaddrinfo};
}

bool wait_until(int fd, short events, Mono deadline) {
  pollfd ready{fd, events, 0};
  while (true) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - mono_now()).count();
    const int count = ::poll(&ready, 1, static_cast<int>(std::clamp<decltype(left)>(left, 0, 60'000)));
    if (count >= 0 || errno != EINTR) return count == 1;
  }
}

int error_on(int socket) {
  int error = 0;
  socklen_t size = sizeof error;
  return ::getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &size) == 0 ? error : errno;
}

// 0, or the errno.
int connect_within(int socket, const addrinfo& to, Mono deadline) {
  if (::connect(socket, to.ai_addr, to.ai_addrlen) == 0) return 0;
  if (errno != EINPROGRESS) return errno;
  return wait_until(socket, POLLOUT, deadline) ? error_on(socket) : ETIMEDOUT;
}

// One conversation. Every step fails when the deadline has come.
class RasTalk {
 public:
  RasTalk(Fd socket, Mono deadline) : socket_(std::move(socket)), deadline_(deadline) {}

  [[nodiscard]] bool say(std::string_view line) const {
    return ::send(socket_.get(), line.data(), line.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(line.size());
  }

  // The next line; what came of it when no more comes.
  [[nodiscard]] std::string hear_line() {
    while (heard_.find('\n') == std::string::npos && hear()) continue;
    const auto end = std::min(heard_.find('\n'), heard_.size());
    auto line = heard_.substr(0, end);
    heard_.erase(0, end + 1);
    return line;
  }

  [[nodiscard]] std::string hear_all() {
    while (heard_.size() < longest_answer && hear()) continue;
    return std::move(heard_);
  }

 private:
  bool hear() {
    std::array<char, 4096> part;
    if (!wait_until(socket_.get(), POLLIN, deadline_)) return false;
    const ssize_t size = ::recv(socket_.get(), part.data(), part.size(), 0);
    if (size > 0) heard_.append(part.data(), static_cast<std::size_t>(size));
    return size > 0 || (size < 0 && (errno == EINTR || errno == EAGAIN));
  }

  Fd socket_;
  Mono deadline_;
  std::string heard_;
};

// The service waits for ranks that do not answer, by default 5 s for each leg of their network.
Result<std::string> converse(RasTalk talk) {
  if (!talk.say("CLIENT PROTOCOL 2\n") || !talk.hear_line().starts_with("SERVER PROTOCOL"))
    return fail(ErrorKind::system, "no answer of its kind");
  if (!talk.say("TIMEOUT 1\n") || talk.hear_line() != "OK") return fail(ErrorKind::system, "it takes no time limit");
  if (!talk.say("VERBOSE STATUS\n")) return fail(ErrorKind::system, "it has gone away");
  return talk.hear_all();
}

Result<Fd> connect_to(const addrinfo* addresses, Mono deadline) {
  int error = EADDRNOTAVAIL;
  for (; addresses != nullptr; addresses = addresses->ai_next) {
    Fd socket(::socket(addresses->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    error = socket ? connect_within(socket.get(), *addresses, deadline) : errno;
    if (error == 0) return socket;
  }
  return fail_errno("cannot connect", error);
}

}  // namespace

Result<std::string> ask_ras(const std::string& address, Mono deadline) {
  const auto context = fmt::format("NCCL's RAS service at {}", address);
  const auto addresses = look_up(address);
  if (!addresses) return fail(ErrorKind::usage, context + ": no such address");
  auto socket = connect_to(addresses.get(), deadline);
  if (!socket) return tl::unexpected(in_context(context, std::move(socket.error())));
  auto answer = converse(RasTalk(std::move(*socket), deadline));
  if (!answer) return tl::unexpected(in_context(context, std::move(answer.error())));
  return answer;
}

}  // namespace gpulaunch
