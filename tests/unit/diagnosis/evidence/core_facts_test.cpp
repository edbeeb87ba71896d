#include "gpulaunch/diagnosis/evidence/core_facts.hpp"

#include "catch.hpp"
#include "facts.hpp"
#include "scratch_folder.hpp"

#include <signal.h>

using namespace gpulaunch;
using namespace gpulaunch::testing;

namespace {

EvidenceQuestion dumped(const ScratchFolder& folder, pid_t pid) {
  return {.ranks = {{.rank = 2, .pids = {pid}, .outcome = Outcome::signaled(SIGSEGV, true)}},
          .folder = folder.at("work")};
}

void pattern(const ScratchFolder& root, const std::string& text, const std::string& uses_pid = "0\n") {
  root.write("proc/sys/kernel/core_pattern", text);
  root.write("proc/sys/kernel/core_uses_pid", uses_pid);
  root.write("proc/self/mountinfo", "27 1 254:0 / / rw - ext4 /dev/vda rw\n");
}

}  // namespace

TEST_CASE("patterns are filled in with what is known of a process that is gone") {
  CHECK(core_file_pattern("core", false, 42) == "core");
  CHECK(core_file_pattern("core", true, 42) == "core.42");
  CHECK(core_file_pattern("/cores/%e.%p.%t%%", true, 42) == "/cores/*.42.*%");
  CHECK(core_file_pattern("core.%", false, 42) == "core.");
}

TEST_CASE("a core file in the job's folder or at a fixed place is found") {
  const ScratchFolder root;
  pattern(root, "core\n", "1\n");
  root.write("work/core.42", "");
  CHECK(only(core_facts(root.path(), dumped(root, 42)), "core-written") ==
        "rank 2: the core of pid 42 is " + root.at("work/core.42"));
  CHECK(core_facts(root.path(), dumped(root, 43)).empty());
  pattern(root, root.at("cores/%e-%p") + "\n");
  root.write("cores/python3-43", "");
  CHECK(only(core_facts(root.path(), dumped(root, 43)), "core-written") ==
        "rank 2: the core of pid 43 is " + root.at("cores/python3-43"));
}

TEST_CASE("a core that a program was given is told with the way to it") {
  const ScratchFolder root;
  pattern(root, "|/usr/lib/systemd/systemd-coredump %P %u %g %s %t %c %h\n");
  CHECK(only(core_facts(root.path(), dumped(root, 42)), "core-written") ==
        "rank 2: systemd-coredump has the core: coredumpctl info 42");
  pattern(root, "|/usr/share/apport/apport -p%p\n");
  CHECK(only(core_facts(root.path(), dumped(root, 42)), "core-written") ==
        "rank 2: the core of pid 42 was handed to apport (/proc/sys/kernel/core_pattern)");
}

TEST_CASE("a rank that dumped no core has none, whatever lies around") {
  const ScratchFolder root;
  pattern(root, "core\n");
  root.write("work/core", "");
  auto question = dumped(root, 42);
  question.ranks.front().outcome = Outcome::signaled(SIGSEGV);
  CHECK(core_facts(root.path(), question).empty());
}
