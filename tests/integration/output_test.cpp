// What the ranks print arrives whole: line by line, byte for byte, in the order of each rank.
#include "catch.hpp"
#include "launch.hpp"
#include "rank_output.hpp"

#include <signal.h>

using namespace harness;
using namespace std::string_view_literals;

TEST_CASE("lines of many ranks never mix and none is lost") {
  constexpr int ranks = 4;
  constexpr int count = 20'000;
  const auto finished = Launch{}.ranks(ranks).worker("lines " + std::to_string(count) + " 60").run();
  finished.expect_exit(0);
  for (int rank = 0; rank < ranks; ++rank) {
    const auto lines = lines_of_rank(finished.out, rank);
    REQUIRE(lines.size() == count);
    const auto start = "rank " + std::to_string(rank) + " line ";
    std::size_t wrong = 0;
    for (int i = 0; i < count; ++i)
      wrong += lines[static_cast<std::size_t>(i)] == start + std::to_string(i) + ' ' + std::string(60, 'x') ? 0 : 1;
    CHECK(wrong == 0);
  }
}

TEST_CASE("standard output and standard error stay apart") {
  Launch{}
      .ranks(2)
      .worker("print out", "warn err")
      .expect_exit(0)
      .expect_lines({labelled(0, "out"), labelled(1, "out")})
      .expect_err_lacks("out");
  const auto finished = Launch{}.ranks(2).worker("warn err").expect_exit(0).expect_out("");
  CHECK(count_of(finished.err, "err\n") == 2);
}

TEST_CASE("bytes of one rank pass through as they are") {
  Launch{}
      .worker("partial \\xff\\x00\\xfe\\r10%\\r\\x1b[31mred\\n\\n\\nend")
      .expect_exit(0)
      .expect_out("\xff\0\xfe\r10%\r\x1b[31mred\n\n\nend"sv);
}

TEST_CASE("bytes that are no UTF-8 pass through labels too") {
  Launch{}.ranks(2).worker("partial \\xff\\xc3\\n if rank==0").expect_exit(0).expect_out(labelled(0, "\xff\xc3\n"));
}

TEST_CASE("an unfinished last line of a rank is finished on the console") {
  Launch{}
      .ranks(2)
      .worker("partial one\\ntwo if rank==1")
      .expect_exit(0)
      .expect_out(labelled(1, "one\n") + labelled(1, "two\n"));
}

TEST_CASE("unfinished lines of two ranks never share a line") {
  const auto finished =
      Launch{}.ranks(2).worker("partial part-{rank}-", "sleep 300", "partial rest-{rank}").expect_exit(0);
  for (const auto& line : split_lines(finished.out)) {
    INFO(finished.out);
    CHECK_FALSE((contains(line, "-0") && contains(line, "-1")));
  }
  for (const auto* part : {"part-0-", "part-1-", "rest-0", "rest-1"}) finished.expect_out_has(part);
}

TEST_CASE("an unfinished line is shown soon") {
  auto job = Launch{}
                 .ranks(2)
                 .flag("--stdin", "1")
                 .input("answer\n")
                 .worker("partial Password:  if rank==1", "await /nowhere if rank==1")
                 .start();
  job.wait_for_out("Password: ");
  CHECK(job.child().out() == labelled(1, "Password: "));
  job.signal(SIGTERM).finish();
}

TEST_CASE("empty lines get their label too") {
  Launch{}
      .ranks(2)
      .worker("partial \\n\\nx\\n if rank==0")
      .expect_exit(0)
      .expect_out(labelled(0, "\n") + labelled(0, "\n") + labelled(0, "x\n"));
}

TEST_CASE("a progress bar stays on a line of its own") {
  const auto finished =
      Launch{}.ranks(2).worker("partial 10%\\r50%\\r100%\\n if rank==0", "print plain if rank==1").expect_exit(0);
  finished.expect_lines({labelled(0, "10%\r50%\r100%"), labelled(1, "plain")});
}

TEST_CASE("what a dying rank has written last arrives") {
  for (const auto* end : {"die KILL if rank==1", "die SEGV if rank==1", "exit 3 if rank==1"}) {
    const auto finished = Launch{}.ranks(2).worker("lines 2000 100 if rank==1", end, "sleep forever").run();
    const auto lines = lines_of_rank(finished.out, 1);
    REQUIRE(lines.size() == 2000);
    CHECK(lines.back().rfind("rank 1 line 1999 ", 0) == 0);
  }
}

TEST_CASE("what ranks write while they are told to stop arrives") {
  const auto finished = Launch{}
                            .ranks(3)
                            .worker("trap TERM lines 2000 100; exit 0", "print ready", "sleep 300 if rank==0",
                                    "exit 5 if rank==0", "sleep forever")
                            .run();
  finished.expect_exit(5);
  CHECK(lines_of_rank(finished.out, 1).size() == 2001);
  CHECK(lines_of_rank(finished.out, 2).size() == 2001);
}

TEST_CASE("a process that keeps the rank's output open does not delay the end") {
  for (const auto* kind : {"fork", "session", "daemon"}) {
    const auto finished = Launch{}.ranks(2).worker(std::string(kind) + " sleep forever", "print done").expect_exit(0);
    finished.expect_lines({labelled(0, "done"), labelled(1, "done")});
    CHECK(finished.took < std::chrono::seconds(30));
  }
}

TEST_CASE("what a helper writes during the linger arrives") {
  Launch{}
      .flag("--linger", "30s")
      .worker("fork sleep 100; print late", "print early")
      .expect_exit(0)
      .expect_out("early\nlate\n");
}

TEST_CASE("with --stdio inherit the ranks have our own descriptors") {
  const ScratchDir folder;
  Launch{}
      .ranks(2)
      .flag("--stdio", "inherit")
      .out_to(folder.file("out"))
      .program("sh", "-c", "readlink /proc/self/fd/1")
      .expect_exit(0);
  CHECK(read_file(folder.file("out")) == folder.file("out") + '\n' + folder.file("out") + '\n');
}
