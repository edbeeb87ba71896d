#include "gpulaunch/diagnosis/repeated_error.hpp"

#include "catch.hpp"

using namespace gpulaunch;
using Lines = std::vector<std::string>;

namespace {

Lines times(int count, const Lines& lines) {
  Lines all;
  for (int i = 0; i < count; ++i) all.insert(all.end(), lines.begin(), lines.end());
  return all;
}

const Lines uncaught{"Traceback (most recent call last):", "  File \"<string>\", line 1, in <module>",
                     "  File \"/usr/lib/python3/spawn.py\", line 120, in spawn_main", "    exitcode = _main(fd)",
                     "ValueError: bad 17"};

const Lines bootstrapping{"Traceback (most recent call last):",
                          "  File \"<string>\", line 1, in <module>",
                          "    exitcode = _main(fd)",
                          "RuntimeError: ",
                          "        An attempt has been made to start a new process before the",
                          "        current process has finished its bootstrapping phase.",
                          "",
                          "        This probably means that you are not using fork"};

}  // namespace

TEST_CASE("an error that ends process after process is found") {
  CHECK(repeated_error(times(3, uncaught), 3) == "ValueError: bad 17");
  CHECK_FALSE(repeated_error(times(2, uncaught), 3));
  CHECK_FALSE(repeated_error({}, 1));
}

TEST_CASE("numbers in the error may differ") {
  auto lines = times(3, uncaught);
  lines[4] = "ValueError: bad 3";
  CHECK(repeated_error(lines, 3) == "ValueError: bad 17");
}

TEST_CASE("a message that begins on the next line is shown with it") {
  CHECK(repeated_error(times(3, bootstrapping), 3) ==
        "RuntimeError: An attempt has been made to start a new process before the current process has finished its "
        "bootstrapping phase.");
}

TEST_CASE("tracebacks of two processes may be mixed") {
  Lines mixed;
  for (const auto& line : uncaught) mixed.insert(mixed.end(), 2, line);
  CHECK(repeated_error(times(2, mixed), 4) == "ValueError: bad 17");
}

TEST_CASE("a worker of a pool that dies of its initializer is found") {
  CHECK(repeated_error(times(3, {"Process ForkPoolWorker-3:", "Traceback (most recent call last):",
                                 "  File \"/usr/lib/python3.11/process.py\", line 314, in _bootstrap", "    self.run()",
                                 "OSError"}),
                       3) == "OSError");
}

TEST_CASE("tracebacks that a program caught and printed are none") {
  CHECK_FALSE(
      repeated_error(times(9, {"Traceback (most recent call last):", "  File \"data.py\", line 12, in __getitem__",
                               "    return load(path)", "OSError: image file is truncated"}),
                     3));
}

TEST_CASE("exceptions that Python ignores are none") {
  CHECK_FALSE(
      repeated_error(times(9, {"Exception ignored in: <function _MultiProcessingDataLoaderIter.__del__ at 0x7f>",
                               "Traceback (most recent call last):", "  File \"train.py\", line 12, in <module>",
                               "    self._shutdown()", "AssertionError: can only test a child process"}),
                     3));
}
