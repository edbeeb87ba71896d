#include "gpulaunch/diagnosis/own_error.hpp"

#include "catch.hpp"

using namespace gpulaunch;
using Kind = OwnError::Kind;
using Lines = std::vector<std::string_view>;

namespace {

std::optional<OwnError> error_in(const Lines& lines) {
  return own_error(lines, [](std::string_view text) { return !is_about_others(text); });
}

std::string text_in(const Lines& lines) {
  const auto error = error_in(lines);
  return error ? error->text : "none";
}

Lines traceback(std::string_view last) {
  return {"Traceback (most recent call last):", "  File \"t.py\", line 3, in <module>", "    main()", last};
}

Lines operator+(Lines one, const Lines& other) {
  one.insert(one.end(), other.begin(), other.end());
  return one;
}

}  // namespace

TEST_CASE("an exception is found with its message and its line") {
  const auto error = error_in(Lines{"noise"} + traceback("ValueError: bad"));
  REQUIRE(error);
  CHECK(error->kind == Kind::exception);
  CHECK(error->text == "ValueError: bad");
  CHECK(error->line == 4);
}

TEST_CASE("of a chain of exceptions the first is the cause") {
  const Lines during{"", "During handling of the above exception, another exception occurred:", ""};
  const Lines direct{"", "The above exception was the direct cause of the following exception:", ""};
  CHECK(text_in(traceback("KeyError: 'a'") + during + traceback("ValueError: b") + direct + traceback("OSError: c")) ==
        "KeyError: 'a'");
}

TEST_CASE("of two exceptions that have nothing to do with each other the last one ended the program") {
  CHECK(text_in(traceback("ValueError: caught and logged") + Lines{"going on"} + traceback("KeyError: 3")) ==
        "KeyError: 3");
}

TEST_CASE("an exception about others does not hide an earlier one of the program's own") {
  CHECK(text_in(traceback("ValueError: bad") +
                traceback("ConnectionResetError: [Errno 104] Connection reset by peer")) == "ValueError: bad");
}

TEST_CASE("the exception of a data loader's worker is the one that counts") {
  CHECK(text_in(Lines{"Traceback (most recent call last):", "  File \"t.py\", line 3, in <module>",
                      "ValueError: Caught ValueError in DataLoader worker process 0.",
                      "Original Traceback (most recent call last):", "  File \"w.py\", line 9, in _worker_loop",
                      "ValueError: bad sample 17"}) == "ValueError: bad sample 17");
}

TEST_CASE("labels before the lines of a traceback are left out") {
  CHECK(text_in({"[rank1]: Traceback (most recent call last):", "[rank1]:   File \"t.py\", line 3, in <module>",
                 "[rank1]: pkg.errors.BadShard: shard 3"}) == "pkg.errors.BadShard: shard 3");
}

TEST_CASE("a message that begins on a later line is read with the exception") {
  CHECK(text_in(traceback("RuntimeError: ") + Lines{"", "        An attempt has been made"}) ==
        "RuntimeError: An attempt has been made");
}

TEST_CASE("a traceback whose beginning is lost is still read") {
  CHECK(text_in({"    x()", "  File \"t.py\", line 3, in f", "    y()", "ValueError: bad"}) == "ValueError: bad");
}

TEST_CASE("exceptions that Python ignored do not count") {
  CHECK(text_in(Lines{"Exception ignored in: <function A.__del__>"} + traceback("ValueError: late")) == "none");
}

TEST_CASE("a level of a log line is no exception") {
  CHECK(text_in({"Traceback (most recent call last):", "  File \"t.py\", line 3, in f", "INFO: going on",
                 "ValueError: bad"}) == "ValueError: bad");
}

TEST_CASE("an uncaught C++ exception is found with its type and message") {
  const auto error =
      error_in({"terminate called after throwing an instance of 'std::out_of_range'", "  what():  vector::at"});
  REQUIRE(error);
  CHECK(error->kind == Kind::terminate);
  CHECK(error->text == "std::out_of_range: vector::at");
  CHECK(error->line == 1);
}

TEST_CASE("assertions, sanitizers, damaged memory and panics are told apart") {
  const auto kind_of = [](std::string_view line) {
    const auto error = error_in({"noise", line, "noise"});
    REQUIRE(error);
    return error->kind;
  };
  CHECK(kind_of("a.out: src/a.cpp:3: int main(): Assertion `x == 2' failed.") == Kind::assertion);
  CHECK(kind_of("F0302 11:00:00.000000 17 a.cc:77] Check failed: n > 0 (0 vs. 0)") == Kind::assertion);
  CHECK(kind_of("==17==ERROR: AddressSanitizer: SEGV on unknown address") == Kind::sanitizer);
  CHECK(kind_of("a.cpp:3:7: runtime error: signed integer overflow") == Kind::sanitizer);
  CHECK(kind_of("double free or corruption (out)") == Kind::abort);
  CHECK(kind_of("thread 'main' panicked at src/main.rs:2:5:") == Kind::panic);
  CHECK(kind_of("panic: runtime error: index out of range [3]") == Kind::panic);
  CHECK(kind_of("Fatal Python error: init_fs_encoding: failed to get the encoding") == Kind::panic);
  CHECK(kind_of("[12:00:01] [error] cannot read mesh.vtk") == Kind::message);
}

TEST_CASE("what faulthandler says of a signal is no error of its own") {
  CHECK_FALSE(error_in({"Fatal Python error: Aborted", "", "Current thread 0x00007f1d (most recent call first):",
                        "  File \"/w/train.py\", line 81 in main", "", "Extension modules: torch._C (total: 31)"}));
  CHECK_FALSE(error_in({"Fatal Python error: Segmentation fault"}));
}

TEST_CASE("of plain messages the last one counts") {
  CHECK(text_in({"error: first", "fine", "ERROR: second thing"}) == "ERROR: second thing");
}

TEST_CASE("output without any error has none") {
  CHECK_FALSE(error_in({}));
  CHECK_FALSE(error_in({"step 3 loss 0.1", "errors: none so far", "0 errors"}));
}

TEST_CASE("what others bring about is known by its words") {
  for (const auto* text :
       {"RuntimeError: Connection closed by peer", "BrokenPipeError: [Errno 32] Broken pipe", "KeyboardInterrupt",
        "DistBackendError: NCCL error", "TimeoutError: Timed out", "EOFError"}) {
    CAPTURE(text);
    CHECK(is_about_others(text));
  }
  for (const auto* text : {"ValueError: bad", "KeyError: 'lr'", "OSError: [Errno 28] No space left on device"}) {
    CAPTURE(text);
    CHECK_FALSE(is_about_others(text));
  }
}
