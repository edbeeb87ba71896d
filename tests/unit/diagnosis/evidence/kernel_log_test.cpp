#include "gpulaunch/diagnosis/evidence/kernel_log.hpp"

#include "catch.hpp"
#include "gpulaunch/diagnosis/evidence/kernel_log_reader.hpp"
#include "scratch_folder.hpp"

#include <signal.h>

#include <fstream>

using namespace gpulaunch;

namespace {

KernelEntry only_entry(const std::string& text) {
  const auto entries = parse_kernel_log(text);
  CAPTURE(text);
  REQUIRE(entries.size() == 1);
  return entries.front();
}

}  // namespace

TEST_CASE("a kill by a cgroup's limit is read with process, memory and cgroup (Linux 6.18)") {
  const auto entry = only_entry(
      "4,3136,38407885000,-;python3 invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=100\n"
      "6,3139,38407885077,-;[   9691]     0  9691      730      380        0      380         0    53248        0"
      "           100 python3\n"
      "6,3142,38407885084,-;oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,"
      "oom_memcg=/job-7,task_memcg=/job-7/rank,task=python3,pid=9686,uid=0\n"
      "3,3143,38407885101,-;Memory cgroup out of memory: Killed process 9686 (python3) total-vm:103532kB, "
      "anon-rss:100736kB, file-rss:1660kB, shmem-rss:0kB, UID:0 pgtables:240kB oom_score_adj:100\n");
  CHECK(entry.kind == KernelEntry::Kind::oom_kill);
  CHECK(entry.pid == 9686);
  CHECK(entry.name == "python3");
  CHECK(entry.of_cgroup);
  CHECK(entry.cgroup == "/job-7/rank");
  CHECK(entry.resident_kib == 100736);
}

TEST_CASE("a kill for the whole machine's lack of memory is no cgroup's (Linux 5.4, journalctl)") {
  const auto entry = only_entry(
      "Jul 31 01:21:34 node7 kernel: oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),cpuset=/,mems_allowed=0,"
      "global_oom,task_memcg=/user.slice/user-1000.slice/session-6.scope,task=GC Thread#9,pid=3317,uid=1000\n"
      "Jul 31 01:21:34 node7 kernel: Out of memory: Killed process 3317 (GC Thread#9) total-vm:13837496kB, "
      "anon-rss:299948kB, file-rss:3796kB, shmem-rss:0kB, UID:1000 pgtables:27132kB oom_score_adj:0\n");
  CHECK(entry.name == "GC Thread#9");
  CHECK_FALSE(entry.of_cgroup);
  CHECK(entry.cgroup == "/user.slice/user-1000.slice/session-6.scope");
}

TEST_CASE("older kernels name first whom they chose and then whom they killed: that is one kill") {
  const auto ubuntu = only_entry(
      "[ 7097.004954] Memory cgroup out of memory: Kill process 7748 (python) score 1974 or sacrifice child\n"
      "[ 7097.004960] Killed process 7750 (python) total-vm:12907828kB, anon-rss:11500204kB, file-rss:0kB\n");
  CHECK(ubuntu.pid == 7750);
  CHECK(ubuntu.of_cgroup);
  CHECK(ubuntu.resident_kib == 11500204);
  const auto centos7 = only_entry(
      "[12.5] Out of memory: Kill process 12 (a) score 9 or sacrifice child\n"
      "[12.6] Killed process 12 (a (b) c), UID 1000, total-vm:4kB, anon-rss:2kB, file-rss:0kB\n");
  CHECK(centos7.name == "a (b) c");
  CHECK_FALSE(centos7.of_cgroup);
}

TEST_CASE("segmentation faults are read with address and library") {
  struct Row {
    const char* line;
    int pid;
    const char* name;
    const char* text;
  };
  const std::vector<Row> rows{
      {"6,9,1,-;seg[27269]: segfault at 8 ip 00007f2bcca3c0ba sp 00007fff0bcd5278 error 6 in "
       "libc.so.6[16e0ba,7f2bcc8f4000+156000] likely on CPU 1 (core 1, socket 0)",
       27269, "seg", "segfault at address 0x8, in libc.so.6"},
      {"[39734.5] pt_main_thread[31]: segfault at 0 ip 00007f2b sp 00007fff error 4 in libtorch_cuda.so[7f2b+156000]",
       31, "pt_main_thread", "segfault at address 0x0, in libtorch_cuda.so"},
      {"[   39.5] GC Thread#9[32]: segfault at 7f00 ip 0000000000000000 sp 00007fff error 14", 32, "GC Thread#9",
       "segfault at address 0x7f00"},
      {"<6>[   39.5] a[b][33]: segfault at 1 ip 55c4 sp 7ffd error 6 cpu 3 in a[b][1202,55c4+1000]", 33, "a[b]",
       "segfault at address 0x1, in a"},
  };
  for (const auto& row : rows) {
    const auto entry = only_entry(row.line);
    CHECK(entry.kind == KernelEntry::Kind::crash);
    CHECK(entry.pid == row.pid);
    CHECK(entry.name == row.name);
    CHECK(entry.text == row.text);
    CHECK(entry.signo == SIGSEGV);
  }
}

TEST_CASE("traps are read with the signal that they become") {
  const auto opcode = only_entry(
      "6,9,1,-;traps: seg[27268] trap invalid opcode ip:5567f46e7160 sp:7ffe8c140db0 error:0 in "
      "seg[1160,5567f46e7000+1000]");
  CHECK(opcode.text == "invalid opcode, in seg");
  CHECK(opcode.signo == SIGILL);
  CHECK(opcode.pid == 27268);
  const auto protection = only_entry(
      "[1.5] traps: python3[27270] general protection fault ip:55604548d1c1 sp:7ffcc02cfcf0 error:0 in "
      "libc.so.6[11c1+1000]");
  CHECK(protection.text == "general protection fault, in libc.so.6");
  CHECK(protection.signo == SIGSEGV);
  CHECK(only_entry("traps: a[1] trap divide error ip:1 sp:1 error:0").signo == SIGFPE);
}

TEST_CASE("Xids are read with GPU, process and the driver's words, in the forms of several drivers") {
  struct Row {
    const char* line;
    const char* bus;
    int xid, pid;
    const char* name;
    const char* text;
  };
  const std::vector<Row> rows{
      {"NVRM: Xid (PCI:0000:44:00): 79, GPU has fallen off the bus.", "0000:44:00", 79, -1, "",
       "GPU has fallen off the bus."},
      {"4,2,3,-;NVRM: Xid (PCI:0000:dc:00): 45, pid=1818990, name=python3, Ch 00000001", "0000:dc:00", 45, 1818990,
       "python3", "Ch 00000001"},
      {"[Fri Aug 30 11:43:09 2024] NVRM: Xid (PCI:0000:cb:00): 13, pid='<unknown>', name=<unknown>, Graphics SM Warp "
       "Exception on (GPC 7, TPC 7, SM 0)",
       "0000:cb:00", 13, -1, "", "Graphics SM Warp Exception on (GPC 7, TPC 7, SM 0)"},
      {"Oct 06 17:59:27 node kernel: NVRM: Xid (PCI:0000:01:00): 79, pid=1122, GPU has fallen off the bus.",
       "0000:01:00", 79, 1122, "", "GPU has fallen off the bus."},
      {"[  170.05] NVRM: Xid (PCI:0000:01:00): 31, Ch 00000013, engmask 00000101", "0000:01:00", 31, -1, "",
       "Ch 00000013, engmask 00000101"},
      {"NVRM: Xid (PCI:0000:83:00): 48", "0000:83:00", 48, -1, "", ""},
  };
  for (const auto& row : rows) {
    const auto entry = only_entry(row.line);
    CHECK(entry.kind == KernelEntry::Kind::xid);
    CHECK(entry.pci_bus == row.bus);
    CHECK(entry.xid == row.xid);
    CHECK(entry.pid == row.pid);
    CHECK(entry.name == row.name);
    CHECK(entry.text == row.text);
  }
}

TEST_CASE("what the log says of other things, and lines without an end, are no entries") {
  CHECK(parse_kernel_log("").empty());
  CHECK(parse_kernel_log("\n\n").empty());
  CHECK(parse_kernel_log("6,1,2,-;oom_reaper: reaped process 3317 (python3), now anon-rss:0kB\n"
                         "6,1,2,-;usb 1-1: new device\n SUBSYSTEM=usb\n"
                         "NVRM: Xid (PCI:")
            .empty());
  CHECK(parse_kernel_log("Killed process 99999999999999999999 (a)").empty());
  CHECK(parse_kernel_log("NVRM: Xid (PCI:0000:01:00): 31, pid=99999999999999999999, name=a, b").at(0).pid == -1);
}

TEST_CASE("the log is read from where it stood, and each record once") {
  const ScratchFolder root;
  root.write("dev/kmsg", "6,1,2,-;before\n");
  const KernelLogReader reader(root.path());
  REQUIRE(reader.readable());
  std::ofstream(root.at("dev/kmsg"), std::ios::app) << "6,2,3,-;after\n";
  CHECK(reader.read_new() == "6,2,3,-;after\n");
  CHECK(reader.read_new().empty());
}

TEST_CASE("a log that may not be read is empty") {
  const KernelLogReader reader("/nonexistent");
  CHECK_FALSE(reader.readable());
  CHECK(reader.read_new().empty());
}
