#include "gpulaunch/diagnosis/evidence/listeners.hpp"

#include "gpulaunch/base/fd.hpp"
#include "gpulaunch/host/files.hpp"

#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <optional>

namespace gpulaunch {
namespace {

constexpr unsigned listening = 10;  // TCP_LISTEN, in the kernel's numbering of states

std::string_view next_field(std::string_view& line) {
  line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
  const auto field = line.substr(0, line.find(' '));
  line.remove_prefix(field.size());
  return field;
}

template <class Number>
std::optional<Number> whole(std::string_view text, int base) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
  return error == std::errc{} && end == text.data() + text.size() ? std::optional(number) : std::nullopt;
}

// "  0: 0100007F:733C 00000000:0000 0A 00000000:00000000 00:00000000 00000000  0  0 4711 1 …": state 0A listens, the
// tenth field is the inode (Linux, Documentation/networking/proc_net_tcp.rst).
std::optional<std::uint64_t> listener_inode(std::string_view line, int port) {
  (void)next_field(line);
  const auto local = next_field(line);
  (void)next_field(line);
  if (next_field(line) != "0A" || whole<int>(local.substr(local.rfind(':') + 1), 16) != port) return std::nullopt;
  for (int field = 0; field < 5; ++field) (void)next_field(line);
  return whole<std::uint64_t>(next_field(line), 10);
}

struct ListenerRequest {
  nlmsghdr header;
  inet_diag_req_v2 request;
};

bool ask_for_listeners(int socket, std::uint8_t family) {
  ListenerRequest message{};
  message.header.nlmsg_len = sizeof message;
  message.header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
  message.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  message.request.sdiag_family = family;
  message.request.sdiag_protocol = IPPROTO_TCP;
  message.request.idiag_states = 1U << listening;
  return ::send(socket, &message, sizeof message, 0) == sizeof message;
}

enum class DumpState { more, done, refused };

// One datagram of the kernel's answer: whole messages, one for each socket.
DumpState take_listeners(const char* answer, std::size_t size, int port, std::vector<std::uint64_t>& inodes) {
  for (std::size_t at = 0; at + sizeof(nlmsghdr) <= size;) {
    nlmsghdr header{};
    std::memcpy(&header, answer + at, sizeof header);
    if (header.nlmsg_type == NLMSG_DONE) return DumpState::done;
    if (header.nlmsg_type == NLMSG_ERROR || header.nlmsg_len < sizeof header) return DumpState::refused;
    inet_diag_msg socket{};
    if (header.nlmsg_len >= sizeof header + sizeof socket && at + header.nlmsg_len <= size) {
      std::memcpy(&socket, answer + at + sizeof header, sizeof socket);
      if (ntohs(socket.id.idiag_sport) == port) inodes.push_back(socket.idiag_inode);
    }
    at += NLMSG_ALIGN(header.nlmsg_len);
  }
  return DumpState::more;
}

// The answer is there when the question was taken: the kernel makes it within the calls.
bool dump_listeners(std::uint8_t family, int port, std::vector<std::uint64_t>& inodes) {
  const Fd socket(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG));
  if (!socket || !ask_for_listeners(socket.get(), family)) return false;
  std::array<char, 32768> answer;
  while (true) {
    const ssize_t size = ::recv(socket.get(), answer.data(), answer.size(), MSG_DONTWAIT);
    if (size <= 0) return false;
    const auto state = take_listeners(answer.data(), static_cast<std::size_t>(size), port, inodes);
    if (state != DumpState::more) return state == DumpState::done;
  }
}

}  // namespace

std::vector<std::uint64_t> find_listeners(const std::string& root, int port) {
  std::vector<std::uint64_t> inodes;
  if (root.empty() && dump_listeners(AF_INET, port, inodes) && dump_listeners(AF_INET6, port, inodes)) return inodes;
  inodes.clear();
  // Listeners come first; the connections behind them may be many.
  constexpr std::size_t longest = 512 * 1024;
  for (const char* table : {"/proc/net/tcp", "/proc/net/tcp6"}) {
    const auto found = listeners_in(read_small_file(root + table, longest).value_or(""), port);
    inodes.insert(inodes.end(), found.begin(), found.end());
  }
  return inodes;
}

std::vector<std::uint64_t> listeners_in(std::string_view table, int port) {
  std::vector<std::uint64_t> inodes;
  (void)take_line(table);  // the columns' names
  while (const auto line = take_line(table)) {
    if (const auto inode = listener_inode(*line, port)) inodes.push_back(*inode);
  }
  return inodes;
}

}  // namespace gpulaunch
