#include "catch.hpp"
#include "gpulaunch/inspection/tools.hpp"
#include "launch.hpp"
#include "leftovers.hpp"
#include "ranks.hpp"
#include "scratch.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <stdlib.h>

namespace gpulaunch::testing {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

// A folder of tools that a test writes itself, the only one in PATH but for the shell's own.
class OwnTools {
 public:
  OwnTools() : path_(folder_.path().string() + ":/usr/bin:/bin") {}
  void add(const std::string& name, const std::string& script) const {
    harness::write_program(folder_.file(name), "#!/bin/sh\n" + script + "\n");
  }
  [[nodiscard]] std::string file(const std::string& name) const { return folder_.file(name); }

 private:
  harness::ScratchDir folder_;
  SearchPath path_;
};

constexpr auto no_stack = "exit 0";
constexpr auto some_stack = "echo 'Thread 1 (idle): \"MainThread\"'; echo '    step (train.py:31)'";

InspectionSpec python_rank(const PlayedRank& rank, Nanos limit = 10s) {
  return {.ranks = {{.rank = 0, .pid = rank.pid(), .python = "/usr/bin/python3"}}, .limit = limit};
}

bool mentions(const std::vector<std::string>& lines, const std::string& part) {
  return std::ranges::any_of(lines, [&](const auto& line) { return line.find(part) != std::string::npos; });
}

TEST_CASE("where no tool is installed the notes say so") {
  const PlayedRank rank(sleep_for_ever);
  const NoTools none;
  const auto findings = findings_of(python_rank(rank));
  CHECK(mentions(findings.notes, "py-spy is not installed"));
  CHECK(mentions(findings.notes, "neither gdb nor eu-stack is installed"));
}

TEST_CASE("a rank that is no Python program needs no py-spy") {
  const PlayedRank rank(sleep_for_ever);
  const NoTools none;
  CHECK_FALSE(mentions(findings_of({.ranks = {{.rank = 0, .pid = rank.pid()}}}).notes, "py-spy"));
}

TEST_CASE("py-spy is asked to read along first, and that is enough when it works") {
  const PlayedRank rank(sleep_for_ever);
  const OwnTools tools;
  tools.add("py-spy", std::string("echo \"$@\" >> ") + tools.file("calls") + "; " + some_stack);
  tools.add("gdb", no_stack);
  const auto findings = findings_of(python_rank(rank));
  REQUIRE(findings.ranks.size() == 1);
  CHECK(findings.ranks[0].python_stack == std::vector<std::string>{"train.py:31 in step"});
  CHECK(harness::read_file(tools.file("calls")) == "dump --pid " + std::to_string(rank.pid()) + " --nonblocking\n");
}

TEST_CASE("where reading along fails the rank is stopped for its stack") {
  const PlayedRank rank(sleep_for_ever);
  const OwnTools tools;
  tools.add("py-spy", std::string("case $* in *nonblocking) exit 1 ;; esac; ") + some_stack);
  tools.add("gdb", no_stack);
  CHECK(findings_of(python_rank(rank)).ranks.at(0).python_stack.size() == 1);
}

TEST_CASE("a rank that is stopped already is only read along with") {
  const PlayedRank rank([] { ::raise(SIGSTOP); });
  rank.wait_for_stop();
  const OwnTools tools;
  tools.add("py-spy", "echo called >> " + tools.file("calls") + "; exit 1");
  tools.add("gdb", "echo called >> " + tools.file("calls"));
  const auto findings = findings_of(python_rank(rank));
  CHECK(harness::read_file(tools.file("calls")) == "called\n");
  CHECK(mentions(findings.notes, "py-spy found no stack of rank 0"));
}

TEST_CASE("missing permission is said in one note, with what helps") {
  const PlayedRank rank(sleep_for_ever);
  const OwnTools tools;
  tools.add("py-spy", "echo 'Permission Denied: Try running again with elevated permissions' >&2; exit 1");
  tools.add("gdb", "echo 'ptrace: Operation not permitted.' >&2; exit 1");
  const auto findings = findings_of(python_rank(rank));
  REQUIRE(findings.notes.size() == 2);
  CHECK_THAT(findings.notes[0], Catch::Contains("py-spy may not trace") && Catch::Contains("SYS_PTRACE"));
  CHECK_THAT(findings.notes[1], Catch::Contains("gdb may not trace") && Catch::Contains("SYS_PTRACE"));
}

TEST_CASE("garbage from tools is survived and noted") {
  const PlayedRank rank(sleep_for_ever);
  const OwnTools tools;
  tools.add("py-spy", "head -c 100000 /dev/urandom");
  tools.add("gdb", "head -c 100000 /dev/urandom; exit 3");
  const auto findings = findings_of(python_rank(rank));
  REQUIRE(findings.ranks.size() == 1);
  CHECK(findings.ranks[0].state == 'S');
}

// A tool and its own child, both of which a cookie in their environment finds.
constexpr auto hangs = "sleep 1000 & sleep 1000";

struct Cookie {
  Cookie() { ::setenv(std::string(harness::cookie_variable).c_str(), value.c_str(), 1); }
  Cookie(const Cookie&) = delete;  // it is taken back once
  Cookie& operator=(const Cookie&) = delete;
  ~Cookie() { ::unsetenv(std::string(harness::cookie_variable).c_str()); }
  std::string value = harness::make_uuid();
};

// The test itself and what it forked show the environment that they were exec'd with.
std::vector<harness::Leftover> left_with(const Cookie& cookie) { return harness::processes_with_cookie(cookie.value); }

TEST_CASE("tools that hang do not hold the inspection up beyond its limit, and none is left") {
  const PlayedRank rank(sleep_for_ever);
  const Cookie cookie;
  const OwnTools tools;
  tools.add("py-spy", hangs);
  tools.add("gdb", hangs);
  const auto before = mono_now();
  const auto findings = findings_of(python_rank(rank, 2s));
  CHECK(mono_now() - before < 10s);
  CHECK(mentions(findings.notes, "py-spy was not through in time with rank 0"));
  CHECK(mentions(findings.notes, "gdb was not through in time with rank 0"));
  CHECK(findings.ranks.at(0).state == 'S');
  CHECK(harness::describe(left_with(cookie)).empty());
}

TEST_CASE("the inspecting child ends its tools and their children before itself") {
  const PlayedRank rank(sleep_for_ever);
  const Cookie cookie;
  const OwnTools tools;
  tools.add("py-spy", hangs);
  tools.add("gdb", no_stack);
  auto inspection = Inspection::start(python_rank(rank, 1s));
  REQUIRE(inspection);
  REQUIRE(::waitpid(inspection->pid(), nullptr, 0) == inspection->pid());
  CHECK(harness::describe(left_with(cookie)).empty());
}

TEST_CASE("an inspection that is ended in the middle takes its tools along") {
  const PlayedRank rank(sleep_for_ever);
  const Cookie cookie;
  const OwnTools tools;
  tools.add("py-spy", std::string("echo > ") + tools.file("started") + "; " + hangs);
  auto inspection = Inspection::start(python_rank(rank, 60s));
  REQUIRE(inspection);
  wait_for_file(tools.file("started"));
  const auto children_before = children();
  CHECK(inspection->finish().ranks.size() == 1);
  CHECK(children().size() + 1 == children_before.size());
  CHECK(nobody_with_cookie(cookie.value));
}

TEST_CASE("a rank that a killed debugger left stopped goes on") {
  const PlayedRank rank(sleep_for_ever);
  rank.wait_for_state('S');
  const OwnTools tools;
  tools.add("gdb", "kill -STOP " + std::to_string(rank.pid()) + "; echo > " + tools.file("started") + "; sleep 1000");
  auto inspection = Inspection::start({.ranks = {{.rank = 0, .pid = rank.pid()}}, .limit = 60s});
  REQUIRE(inspection);
  wait_for_file(tools.file("started"));
  rank.wait_for_state('T');
  static_cast<void>(inspection->finish());
  rank.wait_for_state('S');
}

TEST_CASE("gdb is not told of symbol servers") {
  const PlayedRank rank(sleep_for_ever);
  const OwnTools tools;
  tools.add("gdb", "echo \"#0  ${DEBUGINFOD_URLS-none} ()\"");
  ::setenv("DEBUGINFOD_URLS", "https://symbols.invalid", 1);
  const auto findings = findings_of({.ranks = {{.rank = 0, .pid = rank.pid()}}});
  ::unsetenv("DEBUGINFOD_URLS");
  CHECK(findings.ranks.at(0).native_stack == std::vector<std::string>{"none"});
}

TEST_CASE("gdb finds where a program waits, and lets it go on") {
  if (harness::skipped_unless(find_tool("gdb").has_value(), "gdb is not installed")) return;
  const PlayedRank rank({"sleep", "1000"});
  rank.wait_for_state('S');
  const auto findings = findings_of({.ranks = {{.rank = 0, .pid = rank.pid()}}, .limit = 60s});
  if (harness::skipped_unless(!mentions(findings.notes, "may not trace"), "this process may not trace others")) return;
  REQUIRE(findings.ranks.size() == 1);
  CHECK(mentions(findings.ranks[0].native_stack, "nanosleep"));
  rank.wait_for_state('S');
}

TEST_CASE("a rank that allows it can be traced by a descendant of its parent under Yama") {
  const auto scope = harness::read_file("/proc/sys/kernel/yama/ptrace_scope");
  if (harness::skipped_unless(!scope.empty(), "this kernel has no Yama")) return;
  if (harness::skipped_unless(scope == "1\n" && ::geteuid() != 0, "Yama forbids all or nothing to this user")) return;
  if (harness::skipped_unless(find_tool("gdb").has_value(), "gdb is not installed")) return;
  const PlayedRank rank([] {
    allow_inspection(::getppid());
    ::execlp("sleep", "sleep", "1000", nullptr);
  });
  rank.wait_for_state('S');
  CHECK(mentions(findings_of({.ranks = {{.rank = 0, .pid = rank.pid()}}, .limit = 60s}).ranks.at(0).native_stack,
                 "sleep"));
}

TEST_CASE("a real gdb that is killed in the middle leaves its rank running") {
  if (harness::skipped_unless(find_tool("gdb").has_value(), "gdb is not installed")) return;
  const PlayedRank rank({"sleep", "1000"});
  rank.wait_for_state('S');
  auto inspection = Inspection::start({.ranks = {{.rank = 0, .pid = rank.pid()}}, .limit = 60s});
  REQUIRE(inspection);
  // Until the debugger holds it; or it may not, and the inspection comes to its end.
  while (harness::process_state(rank.pid()) != 't' && !inspection->advance()) {
    pollfd ready{inspection->fd(), POLLIN, 0};
    ::poll(&ready, 1, 1);
  }
  static_cast<void>(inspection->finish());
  rank.wait_for_state('S');
}

TEST_CASE("py-spy finds the line at which a Python program waits for a lock") {
  const SearchPath with_test_tools(std::string(GPULAUNCH_TEST_TOOLS) + ":" + ::getenv("PATH"));
  if (harness::skipped_unless(find_tool("py-spy").has_value(), "py-spy is not installed")) return;
  const harness::ScratchDir folder;
  const auto script = folder.file("train.py");
  const auto ready = folder.file("ready");
  harness::write_file(script,
                      "import sys, threading\nlock = threading.Lock()\ndef step():\n    lock.acquire()\n"
                      "    open(sys.argv[1], 'w').close()\n    lock.acquire()\nstep()\n");
  const PlayedRank rank({"python3", script, ready});
  wait_for_file(ready);
  rank.wait_for_state('S');
  const auto findings = findings_of({.ranks = {{.rank = 0, .pid = rank.pid()}}, .limit = 60s});
  if (harness::skipped_unless(!mentions(findings.notes, "may not trace"), "this process may not trace others")) return;
  REQUIRE(findings.ranks.size() == 1);
  CHECK(findings.ranks[0].python_stack == std::vector<std::string>{"train.py:6 in step", "train.py:7 in <module>"});
}

}  // namespace
}  // namespace gpulaunch::testing
