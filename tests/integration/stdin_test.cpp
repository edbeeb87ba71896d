#include "catch.hpp"
#include "launch.hpp"
#include "rank_output.hpp"

using namespace harness;

TEST_CASE("one rank reads the launcher's standard input") {
  Launch{}.input("hello\nworld").worker("cat").expect_exit(0).expect_out("hello\nworld");
}

TEST_CASE("of several ranks nobody reads it") {
  Launch{}
      .ranks(3)
      .input("hello\n")
      .worker("cat", "print end")
      .expect_exit(0)
      .expect_lines({labelled(0, "end"), labelled(1, "end"), labelled(2, "end")});
}

TEST_CASE("option --stdin names the rank that reads it") {
  Launch{}
      .ranks(3)
      .flag("--stdin", "1")
      .input("hello\n")
      .worker("cat")
      .expect_exit(0)
      .expect_out(labelled(1, "hello\n"));
}

TEST_CASE("option --stdin none leaves it to nobody") {
  Launch{}.flag("--stdin", "none").input("hello\n").worker("cat", "print end").expect_exit(0).expect_out("end\n");
}

TEST_CASE("option --stdin all gives every rank all of it") {
  std::string text;
  for (int line = 0; line < 20'000; ++line) text += "line " + std::to_string(line) + '\n';
  // Files are byte-exact; on a console a line that a slow rank leaves unfinished may be broken and marked.
  const ScratchDir folder;
  auto job = Launch{}.ranks(3).flag("--stdin", "all").flag("--log-dir", folder.path()).flag("--redirects", "1");
  job.input(text).worker("cat").run().expect_exit(0);
  int files = 0;
  for (const auto& file : files_below(folder.path())) {
    if (!file.ends_with("stdout.log")) continue;
    ++files;
    CHECK(read_file(folder.path() / file) == text);
  }
  CHECK(files == 3);
}

TEST_CASE("a rank that does not read --stdin all does not keep the others from it") {
  const std::string text(1 << 20, 'y');
  const auto finished = Launch{}
                            .ranks(2)
                            .flag("--stdin", "all")
                            .input(text + "\n")
                            .worker("exit 0 if rank==0", "cat")
                            .discard_output()
                            .run();
  finished.expect_exit(0);
  CHECK(finished.bytes_read >= text.size());
}

TEST_CASE("a job whose ranks end does not wait for the end of its input") {
  // The terminal stands for an input that never ends.
  Launch{}.ranks(2).flag("--stdin", "all").on_terminal().worker("print x").expect_exit(0);
}
