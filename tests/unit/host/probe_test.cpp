#include "gpulaunch/host/probe.hpp"

#include "catch.hpp"
#include "gpulaunch/host/cpus.hpp"
#include "gpulaunch/host/files.hpp"
#include "gpulaunch/host/gpus.hpp"
#include "scratch_folder.hpp"

#include <sched.h>
#include <unistd.h>

#include <thread>

using namespace gpulaunch;

namespace {

void write_siblings(const ScratchFolder& root, int cpu, const std::string& list) {
  root.write("sys/devices/system/cpu/cpu" + std::to_string(cpu) + "/topology/thread_siblings_list", list + "\n");
}

}  // namespace

TEST_CASE("CPU lists are read as the kernel writes them") {
  CHECK(parse_cpu_list("0-3,8\n") == std::vector<int>{0, 1, 2, 3, 8});
  CHECK(parse_cpu_list("5") == std::vector<int>{5});
  CHECK(parse_cpu_list("").empty());
  CHECK(parse_cpu_list("1,x") == std::vector<int>{1});
  CHECK(parse_cpu_list("1-") == std::vector<int>{});
}

TEST_CASE("lines are taken one by one, with or without a newline at the end") {
  std::string_view rest = "a\n\nb";
  CHECK(take_line(rest) == "a");
  CHECK(take_line(rest) == "");
  CHECK(take_line(rest) == "b");
  CHECK_FALSE(take_line(rest).has_value());
}

TEST_CASE("the allowed CPUs are our affinity") {
  // In a thread of its own: affinity belongs to threads, and the other tests keep theirs.
  std::thread([] {
    const auto before = allowed_cpus();
    REQUIRE_FALSE(before.empty());
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(before.back(), &one);
    REQUIRE(::sched_setaffinity(0, sizeof one, &one) == 0);
    CHECK(allowed_cpus() == std::vector<int>{before.back()});
  }).join();
}

TEST_CASE("hyper-threads of one core count once, as far as they are allowed") {
  const ScratchFolder root;
  for (const int cpu : {0, 4}) write_siblings(root, cpu, "0,4");
  for (const int cpu : {1, 5}) write_siblings(root, cpu, "1,5");
  CHECK(count_physical_cores({0, 1, 4, 5}, root.path()) == 2);
  CHECK(count_physical_cores({4, 5}, root.path()) == 2);
  CHECK(count_physical_cores({1, 5}, root.path()) == 1);
}

TEST_CASE("without hyper-threads, or where sysfs says nothing, every CPU is a core") {
  const ScratchFolder root;
  CHECK(count_physical_cores({0, 1, 2}, root.path()) == 3);
  root.write("sys/devices/system/cpu/smt/active", "0\n");
  for (const int cpu : {0, 1}) write_siblings(root, cpu, "0-1");
  CHECK(count_physical_cores({0, 1}, root.path()) == 2);
  root.write("sys/devices/system/cpu/smt/active", "1\n");
  CHECK(count_physical_cores({0, 1}, root.path()) == 1);
}

TEST_CASE("cgroup v2: the tightest cpu.max on the way up counts") {
  const ScratchFolder root;
  root.write("proc/self/cgroup", "0::/a/b/c\n");
  root.write("sys/fs/cgroup/a/b/c/cpu.max", "max 100000\n");
  root.write("sys/fs/cgroup/a/b/cpu.max", "150000 100000\n");
  root.write("sys/fs/cgroup/a/cpu.max", "800000 100000\n");
  CHECK(cgroup_cpu_limit(root.path()) == 1.5);
  root.write("sys/fs/cgroup/a/cpu.max", "50000 100000\n");
  CHECK(cgroup_cpu_limit(root.path()) == 0.5);
}

TEST_CASE("cgroup v2 inside a container: the limit stands at the root of the mount") {
  const ScratchFolder root;
  root.write("proc/self/cgroup", "0::/\n");
  root.write("sys/fs/cgroup/cpu.max", "400000 100000\n");
  CHECK(cgroup_cpu_limit(root.path()) == 4.0);
  root.write("proc/self/cgroup", "0::/../../outside\n");
  CHECK(cgroup_cpu_limit(root.path()) == 4.0);
}

TEST_CASE("cgroup v1: quota over period of the cpu controller, with no quota as -1") {
  const ScratchFolder root;
  root.write("proc/self/cgroup",
             "5:memory:/x\n4:cpu,cpuacct:/docker/abc\n3:cpuset:/docker/abc\n1:name=systemd:/\n0::/\n");
  CHECK_FALSE(cgroup_cpu_limit(root.path()).has_value());
  const std::string mount = "sys/fs/cgroup/cpu,cpuacct/";
  root.write(mount + "cpu.cfs_quota_us", "-1\n");
  root.write(mount + "cpu.cfs_period_us", "100000\n");
  CHECK_FALSE(cgroup_cpu_limit(root.path()).has_value());
  root.write(mount + "docker/abc/cpu.cfs_quota_us", "250000\n");
  root.write(mount + "docker/abc/cpu.cfs_period_us", "100000\n");
  CHECK(cgroup_cpu_limit(root.path()) == 2.5);
}

TEST_CASE("no limit is no limit: missing files, junk, a period of zero") {
  const ScratchFolder root;
  CHECK_FALSE(cgroup_cpu_limit(root.path()).has_value());
  root.write("proc/self/cgroup", "0::/a\nnonsense\n:\n");
  CHECK_FALSE(cgroup_cpu_limit(root.path()).has_value());
  root.write("sys/fs/cgroup/a/cpu.max", "100000 0\n");
  CHECK_FALSE(cgroup_cpu_limit(root.path()).has_value());
  root.write("sys/fs/cgroup/a/cpu.max", "");
  CHECK_FALSE(cgroup_cpu_limit(root.path()).has_value());
}

TEST_CASE("the driver's own files list GPUs in PCI order") {
  const ScratchFolder root;
  root.write("proc/driver/nvidia/gpus/0000:86:00.0/information",
             "Model: \t\t NVIDIA H200\nIRQ:   \t\t 77\nGPU UUID: \t GPU-bbbb\nBus Location: \t 0000:86:00.0\n");
  root.write("proc/driver/nvidia/gpus/0000:06:00.0/information", "Model: \t\t NVIDIA A30\nGPU UUID: \t GPU-aaaa\n");
  const auto gpus = list_gpus_by_proc(root.path());
  REQUIRE(gpus.has_value());
  CHECK(*gpus == std::vector<Gpu>{{0, "GPU-aaaa", "0000:06:00.0", "NVIDIA A30"},
                                  {1, "GPU-bbbb", "0000:86:00.0", "NVIDIA H200"}});
}

TEST_CASE("a machine without the driver's files has no list, an empty folder is a list of none") {
  const ScratchFolder root;
  CHECK_FALSE(list_gpus_by_proc(root.path()).has_value());
  std::filesystem::create_directories(root.at("proc/driver/nvidia/gpus"));
  CHECK(list_gpus_by_proc(root.path()) == std::vector<Gpu>{});
}

TEST_CASE("NVML's PCI addresses are shortened to those of sysfs") {
  CHECK(sysfs_pci_address("00000000:06:00.0") == "0000:06:00.0");
  CHECK(sysfs_pci_address("00000001:AF:00.0") == "0001:af:00.0");
  CHECK(sysfs_pci_address("0000:06:00.0") == "0000:06:00.0");
  CHECK(sysfs_pci_address("").empty());
}

TEST_CASE("the probe of this machine is plausible and leaves GPUs out when asked to") {
  const auto topology = probe_topology({.gpus = false, .cores = true, .root = ""});
  CHECK_FALSE(topology.hostname.empty());
  CHECK(topology.allowed_cpus == allowed_cpus());
  CHECK(topology.physical_cores >= 1);
  CHECK(topology.physical_cores <= static_cast<int>(topology.allowed_cpus.size()));
  CHECK(topology.open_files_hard_limit > 0);
  CHECK(topology.gpus == GpuInventory{});
}

TEST_CASE("without the count of cores every allowed CPU stands for one") {
  const ScratchFolder root;
  for (const int cpu : allowed_cpus()) write_siblings(root, cpu, "0-1023");
  CHECK(probe_topology({.gpus = false, .cores = true, .root = root.path()}).physical_cores == 1);
  const auto quick = probe_topology({.gpus = false, .cores = false, .root = root.path()});
  CHECK(quick.physical_cores == static_cast<int>(allowed_cpus().size()));
}
