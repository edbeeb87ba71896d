#include "gpulaunch/diagnosis/evidence/port_facts.hpp"

#include "catch.hpp"
#include "facts.hpp"
#include "gpulaunch/base/fd.hpp"
#include "gpulaunch/diagnosis/evidence/listeners.hpp"
#include "gpulaunch/host/files.hpp"
#include "gpulaunch/host/port.hpp"
#include "scratch_folder.hpp"

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <utility>

using namespace gpulaunch;
using namespace gpulaunch::testing;

namespace {

const std::string table =
    "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
    "   0: 0100007F:733C 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1 00000000 100 0\n"
    "   1: 0100007F:733C 0100007F:9C40 01 00000000:00000000 00:00000000 00000000     0        0 4712 1 00000000 20 4\n"
    "   2: 00000000:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4713 1 00000000 100 "
    "0\n";

// A listener on the loopback's port that the kernel picks.
std::pair<Fd, int> listen_somewhere() {
  Fd listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  REQUIRE(::bind(listener.get(), reinterpret_cast<sockaddr*>(&address), size) == 0);
  REQUIRE(::listen(listener.get(), 1) == 0);
  REQUIRE(::getsockname(listener.get(), reinterpret_cast<sockaddr*>(&address), &size) == 0);
  return {std::move(listener), ntohs(address.sin_port)};
}

EvidenceQuestion asking_for(int port) { return {.ports = {port}}; }

}  // namespace

TEST_CASE("listeners are told from connections, and ports from each other") {
  CHECK(listeners_in(table, 0x733C) == std::vector<std::uint64_t>{4711});
  CHECK(listeners_in(table, 80) == std::vector<std::uint64_t>{4713});
  CHECK(listeners_in(table, 81).empty());
  CHECK(listeners_in("", 80).empty());
}

TEST_CASE("the holder of a port is found by its socket and named by its command") {
  const ScratchFolder root;
  root.write("proc/net/tcp", table);
  root.write("proc/4242/cmdline", std::string("python3\0train.py\0", 17));
  root.write("proc/4242/stat", "4242 (python3) S 1 4242 4242 0 -1 0 0 0 0 0 0 0 0 0 20 0 3 0 99 0 0\n");
  std::filesystem::create_directories(root.at("proc/4242/fd"));
  std::filesystem::create_symlink("socket:[4711]", root.at("proc/4242/fd/7"));
  CHECK(only(port_facts(root.path(), asking_for(0x733C)), "port-taken") ==
        "port 29500 is held by pid 4242 (python3 train.py)");
  auto question = asking_for(0x733C);
  question.ranks = {{.rank = 3, .pids = {4241, 4242}}};
  CHECK(only(port_facts(root.path(), question), "port-taken") ==
        "port 29500 is held by rank 3 of this job, pid 4242 (python3 train.py)");
  question.master_port = 0x733C;
  CHECK(port_facts(root.path(), question).empty());
}

TEST_CASE("a holder that is blocked in the kernel is not asked for its words") {
  const ScratchFolder root;
  root.write("proc/net/tcp", table);
  root.write("proc/42/cmdline", "python3");
  root.write("proc/42/stat", "42 (python3) D 1 42 42 0 -1 0 0 0 0 0 0 0 0 0 20 0 3 0 99 0 0\n");
  std::filesystem::create_directories(root.at("proc/42/fd"));
  std::filesystem::create_symlink("socket:[4711]", root.at("proc/42/fd/7"));
  CHECK(only(port_facts(root.path(), asking_for(0x733C)), "port-taken") == "port 29500 is held by pid 42");
}

TEST_CASE("a holder whose descriptors we may not see is not named") {
  const ScratchFolder root;
  root.write("proc/net/tcp6", table);
  CHECK(only(port_facts(root.path(), asking_for(0x733C)), "port-taken") ==
        "port 29500 is held by a process that we may not look into");
}

TEST_CASE("a listener of this machine is found, and is gone when it is closed") {
  auto [listener, port] = listen_somewhere();
  CHECK_THAT(only(port_facts("", asking_for(port)), "port-taken"),
             Catch::Contains("port " + std::to_string(port) + " is held by pid " + std::to_string(::getpid())));
  // The kernel's own table tells the same.
  const auto by_table = listeners_in(read_small_file("/proc/net/tcp", 1 << 20).value_or(""), port);
  CHECK(find_listeners("", port) == by_table);
  listener.reset();
  CHECK(only(port_facts("", asking_for(port)), "port-taken").empty());
}

TEST_CASE("a port that is only reserved is not held") {
  const auto reserved = reserve_port(std::nullopt);
  REQUIRE(reserved.has_value());
  CHECK(only(port_facts("", asking_for(reserved->number)), "port-taken").empty());
}

TEST_CASE("ports below the first that everybody may use are told, but not to root") {
  const ScratchFolder root;
  root.write("proc/sys/net/ipv4/ip_unprivileged_port_start", "100\n");
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    constexpr uid_t nobody = 65534;
    if (::geteuid() == 0 && ::setresuid(nobody, nobody, nobody) != 0) ::_exit(77);
    // The scratch folder is root's alone, so that the number is the kernel's default.
    const auto below = only(port_facts("/nonexistent", asking_for(80)), "port-privileged");
    const bool told = below == "port 80 is below 1024: only root may listen there";
    ::_exit(told && port_facts("/nonexistent", asking_for(1024)).empty() ? 0 : 1);
  }
  int status = -1;
  REQUIRE(::waitpid(child, &status, 0) == child);
  if (WIFEXITED(status) && WEXITSTATUS(status) == 77) {
    WARN("skipped: this user may not change user");
    return;
  }
  CHECK(status == 0);
  const auto as_we_are = port_facts(root.path(), asking_for(99));
  CHECK(as_we_are.empty() == (::geteuid() == 0));
}
