// The sockets that listen on a TCP port of this network namespace, by their inodes: what /proc/PID/fd calls a socket.
// The kernel is asked for listeners alone (sock_diag(7)). /proc/net/tcp, which is read where it refuses and in tests,
// walks through the table of all connections: 10 ms even where there are none.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gpulaunch {

// `root` stands before /proc in tests; with it, the kernel is not asked.
[[nodiscard]] std::vector<std::uint64_t> find_listeners(const std::string& root, int port);

// `table`: the text of /proc/net/tcp or tcp6.
[[nodiscard]] std::vector<std::uint64_t> listeners_in(std::string_view table, int port);

}  // namespace gpulaunch
