#include "gpulaunch/inspection/stacks.hpp"

#include "catch.hpp"

namespace gpulaunch::testing {
namespace {

using Stack = std::vector<std::string>;

TEST_CASE("py-spy's main thread is read, not the others") {
  CHECK(parse_py_spy("Process 47: python3 train.py\nPython v3.11.7 (/usr/bin/python3.11)\n\n"
                     "Thread 48 (active+gil): \"loader\"\n    fetch (data.py:7)\n"
                     "Thread 47 (idle): \"MainThread\"\n    step (train.py:31)\n    <module> (train.py:40)\n") ==
        Stack{"train.py:31 in step", "train.py:40 in <module>"});
}

TEST_CASE("without a main thread the one that holds the interpreter's lock is read") {
  CHECK(parse_py_spy("Thread 0x7F (idle)\n    a (x.py:1)\nThread 0x7E (active+gil)\n    b (y.py:2)\n") ==
        Stack{"y.py:2 in b"});
}

TEST_CASE("without any hint the first thread is read") {
  CHECK(parse_py_spy("Thread 1 (idle)\n    a (x.py:1)\nThread 2 (idle)\n    b (y.py:2)\n") == Stack{"x.py:1 in a"});
}

TEST_CASE("local variables that py-spy may show are no frames") {
  CHECK(parse_py_spy("Thread 1 (idle): \"MainThread\"\n    step (train.py:31)\n        Arguments:\n"
                     "            x: (1, 2)\n    main (train.py:40)\n") ==
        Stack{"train.py:31 in step", "train.py:40 in main"});
}

TEST_CASE("the frames of an import are left out") {
  CHECK(parse_py_spy("Thread 1 (active): \"MainThread\"\n    get_data (<frozen importlib._bootstrap_external>:1131)\n"
                     "    <module> (train.py:2)\n") == Stack{"train.py:2 in <module>"});
}

TEST_CASE("what py-spy prints when it fails has no stack") {
  CHECK(parse_py_spy("").empty());
  CHECK(parse_py_spy("Error: Failed to find a python version\nReason: (none)\n").empty());
  CHECK(parse_py_spy("    step (train.py:31)\n").empty());
  CHECK(parse_py_spy("Thread 1 (idle): \"MainThread\"\n").empty());
  CHECK(parse_py_spy(std::string("Thread \n    (\n    )\n     ()\n    \0 (\n", 32)).empty());
}

TEST_CASE("a stack without end is cut") {
  std::string text = "Thread 1 (active): \"MainThread\"\n";
  for (int depth = 0; depth < 1000; ++depth) text += "    again (deep.py:3)\n";
  CHECK(parse_py_spy(text).size() == deepest_stack);
}

TEST_CASE("gdb's frames are read with their places") {
  CHECK(parse_gdb("[Thread debugging using libthread_db enabled]\n0x00007fba in pause () from /lib/libc.so.6\n\n"
                  "Thread 1 (LWP 47 \"train\"):\n"
                  "#0  0x00007fba4a8a in pause () from /lib/x86_64-linux-gnu/libc.so.6\n"
                  "#1  0x00005642691e in step (count=3, name=0x7f \"a at b\") at /home/user/src/train.cu:12\n"
                  "#2  main () at train.cu:40\n[Inferior 1 (process 47) detached]\n") ==
        Stack{"pause (libc.so.6)", "step (train.cu:12)", "main (train.cu:40)"});
}

TEST_CASE("a frame that gdb knows nothing of is kept as it is") {
  CHECK(parse_gdb("#0  0x00007fba4a8a in ?? ()\n#1  0x0000000000000000 in ?? ()\n") == Stack{"??", "??"});
}

TEST_CASE("the second thread's frames are left out") {
  CHECK(parse_gdb("#0  a () at a.c:1\n#1  b () at a.c:2\nThread 2 (LWP 48):\n#0  c () at a.c:3\n") ==
        Stack{"a (a.c:1)", "b (a.c:2)"});
}

TEST_CASE("what gdb prints when it fails has no stack") {
  CHECK(parse_gdb("Could not attach to process.\nptrace: Operation not permitted.\nNo stack.\n").empty());
  CHECK(parse_gdb("#\n# \n#0\n#0  \n#0 0x\n").empty());
}

TEST_CASE("eu-stack's frames are read") {
  CHECK(parse_eu_stack("PID 47 - process\nTID 47:\n#0  0x00007f3bd4ec0a06 pause@GLIBC_2.2.5\n"
                       "#1  0x000055f0e9fcd139 - 1 main\n#2  0x00007f3bd4e0d24a\n") == Stack{"pause", "main"});
}

RankFindings rank_in(char state, std::string waits_in = "", Stack python = {}) {
  return {.state = state, .waits_in = std::move(waits_in), .python_stack = std::move(python)};
}

TEST_CASE("native stacks are taken of one rank of each kind, the rare kinds first") {
  const std::vector<RankFindings> ranks{rank_in('R'), rank_in('R'), rank_in('S', "futex_wait"), rank_in('R')};
  CHECK(pick_for_native_stacks(ranks, 4) == std::vector<std::size_t>{2, 0});
  CHECK(pick_for_native_stacks(ranks, 1) == std::vector<std::size_t>{2});
  CHECK(pick_for_native_stacks(ranks, 0).empty());
}

TEST_CASE("ranks in the same state at different Python lines are of different kinds") {
  const std::vector<RankFindings> ranks{rank_in('R', "", {"a.py:1 in a"}), rank_in('R', "", {"a.py:2 in a"})};
  CHECK(pick_for_native_stacks(ranks, 4).size() == 2);
}

TEST_CASE("no debugger is put on a rank that is stopped, traced, stuck in the kernel or gone") {
  const std::vector<RankFindings> ranks{rank_in('T'), rank_in('t'), rank_in('D'), rank_in('Z'), rank_in('?')};
  CHECK(pick_for_native_stacks(ranks, 5).empty());
}

}  // namespace
}  // namespace gpulaunch::testing
