#include "gpulaunch/host/port.hpp"

#include "catch.hpp"

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <set>

using namespace gpulaunch;

namespace {

// Binds a TCP socket of `family` to any address with this port, and listens on it; the errno, or 0.
int try_listen(int family, int port, bool reuse) {
  const Fd fd(::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!fd) return errno;
  const int on = reuse ? 1 : 0;
  ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in6 any6{};
  any6.sin6_family = AF_INET6;
  any6.sin6_port = htons(static_cast<std::uint16_t>(port));
  sockaddr_in any4{};
  any4.sin_family = AF_INET;
  any4.sin_port = htons(static_cast<std::uint16_t>(port));
  const auto* address = family == AF_INET6 ? reinterpret_cast<sockaddr*>(&any6) : reinterpret_cast<sockaddr*>(&any4);
  const socklen_t size = family == AF_INET6 ? sizeof any6 : sizeof any4;
  if (::bind(fd.get(), address, size) != 0) return errno;
  return ::listen(fd.get(), 1) == 0 ? 0 : errno;
}

// As NCCL's service of several processes does: each listens on the same port of the loopback.
Fd listen_together(int port) {
  Fd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int on = 1;
  ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const bool bound = ::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  return bound && ::listen(fd.get(), 1) == 0 ? std::move(fd) : Fd();
}

int family_of(int socket) {
  int family = 0;
  socklen_t size = sizeof family;
  ::getsockopt(socket, SOL_SOCKET, SO_DOMAIN, &family, &size);
  return family;
}

// From now on this process has no IPv6: socket(AF_INET6, …) fails with EAFNOSUPPORT, as on a kernel without it.
bool forbid_ipv6() {
  const sock_filter program[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_socket, 0, 3),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, args)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AF_INET6, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EAFNOSUPPORT),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const sock_fprog filter{sizeof program / sizeof program[0], const_cast<sock_filter*>(program)};
  return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

// 0: as it should be; 77: this machine does not let us pretend.
int reserve_without_ipv6() {
  if (!forbid_ipv6()) return 77;
  const auto reserved = reserve_port(std::nullopt);
  if (!reserved || family_of(reserved->holder.get()) != AF_INET) return 1;
  return try_listen(AF_INET, reserved->number, false) == EADDRINUSE ? 0 : 2;
}

}  // namespace

TEST_CASE("a reserved port is given to a listener with SO_REUSEADDR, and to nobody without") {
  const auto reserved = reserve_port(std::nullopt);
  REQUIRE(reserved.has_value());
  CHECK(reserved->number > 0);
  const int family = family_of(reserved->holder.get());
  for (const int wanted : {family, AF_INET}) {
    CHECK(try_listen(wanted, reserved->number, false) == EADDRINUSE);
    CHECK(try_listen(wanted, reserved->number, true) == 0);
  }
  // Torch's store may go and come back: the port is still ours.
  CHECK(try_listen(AF_INET, reserved->number, false) == EADDRINUSE);
}

TEST_CASE("a port is free again when its reservation ends") {
  int number = 0;
  {
    const auto reserved = reserve_port(std::nullopt);
    REQUIRE(reserved.has_value());
    number = reserved->number;
  }
  CHECK(reserve_port(number).has_value());
}

TEST_CASE("reservations never collide") {
  std::set<int> numbers;
  std::vector<ReservedPort> held;
  for (int i = 0; i < 50; ++i) {
    held.push_back(reserve_port(std::nullopt).value());
    numbers.insert(held.back().number);
  }
  CHECK(numbers.size() == 50);
}

TEST_CASE("an explicit port that another program listens on is refused by flag and number") {
  const Fd listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  socklen_t size = sizeof address;
  REQUIRE(::bind(listener.get(), reinterpret_cast<sockaddr*>(&address), size) == 0);
  REQUIRE(::listen(listener.get(), 1) == 0);
  REQUIRE(::getsockname(listener.get(), reinterpret_cast<sockaddr*>(&address), &size) == 0);
  const int number = ntohs(address.sin_port);
  const auto reserved = reserve_port(number);
  REQUIRE_FALSE(reserved.has_value());
  CHECK(reserved.error().kind == ErrorKind::system);
  CHECK(reserved.error().message == "--master-port " + std::to_string(number) + " is taken (in use on this machine)");
}

TEST_CASE("an explicit port that another launcher holds is refused, however that one chose it") {
  const auto first = reserve_port(std::nullopt);
  REQUIRE(first.has_value());
  const auto second = reserve_port(first->number);
  REQUIRE_FALSE(second.has_value());
  CHECK_THAT(second.error().message, Catch::Contains("--master-port " + std::to_string(first->number) + " is taken") &&
                                         Catch::Contains("another gpulaunch job"));
}

TEST_CASE("descriptors of a reservation do not leak into programs") {
  const auto reserved = reserve_port(std::nullopt);
  REQUIRE(reserved.has_value());
  for (const int fd : {reserved->holder.get(), reserved->claim.get()}) CHECK((::fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
}

TEST_CASE("a machine without IPv6 reserves for IPv4 alone") {
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) ::_exit(reserve_without_ipv6());
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(WIFEXITED(status));
  if (WEXITSTATUS(status) == 77) {
    WARN("skipped: seccomp filters are not allowed here");
    return;
  }
  CHECK(WEXITSTATUS(status) == 0);
}

TEST_CASE("several processes may listen on a reserved port together") {
  const auto port = reserve_port(std::nullopt);
  REQUIRE(port);
  const Fd first = listen_together(port->number);
  const Fd second = listen_together(port->number);
  CHECK(first);
  CHECK(second);
}
