#include "gpulaunch/host/port.hpp"

#include <fmt/format.h>

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <utility>

namespace gpulaunch {
namespace {

struct BindFailure {
  int errnum = 0;
};
using Bound = tl::expected<Fd, BindFailure>;

Bound bind_socket(int family, const sockaddr* address, socklen_t size) {
  Fd holder(::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!holder) return tl::unexpected(BindFailure{errno});
  const int on = 1;
  const int off = 0;
  ::setsockopt(holder.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (family == AF_INET6) ::setsockopt(holder.get(), IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
  if (::bind(holder.get(), address, size) != 0) return tl::unexpected(BindFailure{errno});
  return holder;
}

Bound bind_ipv4(int number) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(number));
  return bind_socket(AF_INET, reinterpret_cast<const sockaddr*>(&address), sizeof address);
}

// Dual stack where the machine has IPv6: kernels without it know no such family, and those where it is switched off
// (net.ipv6.conf.all.disable_ipv6) have no such address.
Bound bind_port(int number) {
  sockaddr_in6 address{};
  address.sin6_family = AF_INET6;
  address.sin6_port = htons(static_cast<std::uint16_t>(number));
  Bound bound = bind_socket(AF_INET6, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  const bool has_ipv6 = bound || (bound.error().errnum != EAFNOSUPPORT && bound.error().errnum != EADDRNOTAVAIL);
  return has_ipv6 ? std::move(bound) : bind_ipv4(number);
}

int port_of(int socket) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  if (::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size) != 0) return 0;
  // Both families keep the port at the same place (RFC 3493, section 3.3).
  return ntohs(reinterpret_cast<const sockaddr_in*>(&address)->sin_port);
}

// The abstract name needs no file and goes away with the descriptor (unix(7)). Nothing: another launcher has it.
// A sandbox that refuses such sockets leaves the claim empty, and the port is as safe as SO_REUSEADDR makes it.
std::optional<Fd> claim_port(int number) {
  Fd claim(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!claim) return Fd();
  const auto name = fmt::format("gpulaunch-port-{}", number);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path + 1, name.data(), name.size());
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
  if (::bind(claim.get(), reinterpret_cast<const sockaddr*>(&address), size) == 0) return claim;
  return errno == EADDRINUSE ? std::nullopt : std::optional(Fd());
}

Result<ReservedPort> reserve_exactly(int number) {
  auto holder = bind_port(number);
  if (!holder && holder.error().errnum == EADDRINUSE) {
    return fail(ErrorKind::system, fmt::format("--master-port {} is taken (in use on this machine)", number));
  }
  if (!holder) return fail_errno(fmt::format("--master-port {} cannot be reserved", number), holder.error().errnum);
  auto claim = claim_port(number);
  if (!claim) {
    return fail(ErrorKind::system,
                fmt::format("--master-port {} is taken (reserved by another gpulaunch job)", number));
  }
  return ReservedPort{number, std::move(*holder), std::move(*claim)};
}

Result<ReservedPort> reserve_any() {
  // The kernel never hands out a port that is bound, so a second try is needed only if a launcher that asked for this
  // very number is just now between its two steps.
  for (int attempt = 0; attempt < 16; ++attempt) {
    auto holder = bind_port(0);
    if (!holder) return fail_errno("cannot reserve a port for MASTER_PORT", holder.error().errnum);
    const int number = port_of(holder->get());
    if (auto claim = claim_port(number)) return ReservedPort{number, std::move(*holder), std::move(*claim)};
  }
  return fail(ErrorKind::system, "cannot reserve a port for MASTER_PORT: every one is claimed");
}

}  // namespace

Result<ReservedPort> reserve_port(std::optional<int> wanted) {
  return wanted && *wanted != 0 ? reserve_exactly(*wanted) : reserve_any();
}

}  // namespace gpulaunch
