#include "gpulaunch/diagnosis/evidence/network_facts.hpp"

#include "catch.hpp"
#include "facts.hpp"
#include "scratch_folder.hpp"

using namespace gpulaunch;
using namespace gpulaunch::testing;

namespace {

const std::string dev =
    "Inter-|   Receive                                                |  Transmit\n"
    " face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs\n"
    "    lo: 1000 1 0\n  eth0:123 4 0\nib0: 5 6 0\n";

bool nccl_finds(const std::string& value) { return nccl_finds_interface(value, {"lo", "eth0", "ib0"}); }

}  // namespace

TEST_CASE("interfaces are those that the kernel lists") {
  CHECK(interface_names(dev) == std::vector<std::string>{"lo", "eth0", "ib0"});
  CHECK(interface_names("").empty());
}

TEST_CASE("NCCL's list is one of prefixes, of whole names after =, and of exceptions after ^") {
  for (const auto* value :
       {"eth", "eth0", "enp,ib", "=eth0", "=enp1,ib0", "^eth", "^=eth0", "eth0:5000", "", "^docker"}) {
    CAPTURE(value);
    CHECK(nccl_finds(value));
  }
  for (const auto* value : {"eth1", "=eth", "enp,wlan", "^lo,eth,ib", "^=lo,eth0,ib0"}) {
    CAPTURE(value);
    CHECK_FALSE(nccl_finds(value));
  }
}

TEST_CASE("an interface that is not here is told by variable and value, with those that are") {
  const ScratchFolder root;
  root.write("proc/net/dev", dev);
  EvidenceQuestion question;
  question.ranks = {{.rank = 0, .nccl_ifname = "eth"}, {.rank = 1, .nccl_ifname = "enp1", .gloo_ifname = "eth0,ib0"}};
  CHECK(only(network_facts(root.path(), question), "interface-missing") ==
        "rank 1: NCCL_SOCKET_IFNAME is enp1 but this machine has only lo, eth0, ib0");
  question.ranks = {{.rank = 0, .gloo_ifname = "eth"}, {.rank = 1, .gloo_ifname = "eth"}};
  CHECK(only(network_facts(root.path(), question), "interface-missing") ==
        "GLOO_SOCKET_IFNAME is eth but this machine has only lo, eth0, ib0");
}

TEST_CASE("a name is called unresolvable only where nobody else is left to ask") {
  const std::string hosts = "127.0.0.1 localhost\n10.0.0.7\tNode7.cluster  node7 # not node8\n";
  const std::string files_only = "passwd: files\nhosts: files # dns\n";
  const auto lost = [&](const std::string& name, const std::string& nsswitch, const std::string& resolv) {
    return surely_unresolvable(name, "node9", {.hosts = hosts, .nsswitch = nsswitch, .resolv = resolv});
  };
  const std::string server = "search x\nnameserver 10.0.0.1\n";
  CHECK(lost("node8", files_only, server));
  CHECK(lost("node8", "", ""));
  CHECK(lost("node8", "hosts: files dns\n", "#nameserver 10.0.0.1\n"));
  CHECK(lost("node8", "hosts: files myhostname\n", server));
  CHECK_FALSE(lost("node9", "hosts: files myhostname\n", server));
  CHECK_FALSE(lost("node8", "hosts: files dns\n", server));
  CHECK_FALSE(lost("node8", "", server));
  CHECK_FALSE(lost("node8", "hosts: files resolve [!UNAVAIL=return] dns\n", ""));
  CHECK_FALSE(lost("NODE7", files_only, server));
  CHECK_FALSE(lost("node7.cluster", files_only, server));
  for (const auto* name : {"10.0.0.9", "fe80::1%eth0", "::1", "localhost", ""}) CHECK_FALSE(lost(name, files_only, ""));
}

TEST_CASE("MASTER_ADDR that cannot be resolved is told") {
  const ScratchFolder root;
  root.write("etc/hosts", "127.0.0.1 localhost\n");
  root.write("etc/nsswitch.conf", "hosts: files myhostname\n");
  EvidenceQuestion question;
  question.master_addr = "node-that-is-not";
  CHECK(only(network_facts(root.path(), question), "host-unresolvable") ==
        "MASTER_ADDR node-that-is-not does not resolve: it is not in /etc/hosts, and no name server is set");
}
