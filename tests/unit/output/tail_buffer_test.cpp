#include "gpulaunch/output/tail_buffer.hpp"

#include "catch.hpp"

#include <string>

using namespace gpulaunch;
using Lines = std::vector<std::string>;

TEST_CASE("the last lines are kept, the unfinished one among them") {
  TailBuffer tail;
  CHECK(tail.lines(10).empty());
  tail.append("one\ntw");
  tail.append("o\nthree");
  CHECK(tail.lines(10) == Lines{"one", "two", "three"});
  CHECK(tail.lines(2) == Lines{"two", "three"});
  tail.append("\n");
  CHECK(tail.lines(2) == Lines{"two", "three"});
  tail.append("\n");
  CHECK(tail.lines(2) == Lines{"three", ""});
  CHECK(tail.lines(0).empty());
}

TEST_CASE("of a progress bar the last update is quoted") {
  TailBuffer tail;
  tail.append("\r 10%\r 20%\r 30%\nTraceback\r\n 40%\r");
  CHECK(tail.lines(9) == Lines{" 30%", "Traceback", " 40%"});
}

TEST_CASE("at most 64 KiB and 1000 lines are kept, and a line without its beginning is left out") {
  for (const std::size_t chunk : {100UL, 10'000UL, 500'000UL}) {
    TailBuffer tail;
    std::string text;
    for (int line = 0; text.size() < 3'000'000; ++line)
      text += "line " + std::to_string(line) + std::string(1000, '.') + "\n";
    for (std::size_t from = 0; from < text.size(); from += chunk)
      tail.append(std::string_view(text).substr(from, chunk));
    const Lines lines = tail.lines(1000);
    REQUIRE(lines.size() >= 60);
    CHECK(lines.size() * 1000 <= TailBuffer::max_bytes);
    for (const std::string& line : lines) CHECK(line.starts_with("line "));
    CHECK(text.ends_with(lines.back() + "\n"));
  }
  TailBuffer many;
  for (int line = 0; line < 2000; ++line) many.append("x\n");
  CHECK(many.lines(2000).size() == 1000);
}

TEST_CASE("a single endless line is quoted by its end") {
  TailBuffer tail;
  for (int turn = 0; turn < 100; ++turn) tail.append(std::string(5000, 'x'));
  const Lines lines = tail.lines(5);
  REQUIRE(lines.size() == 1);
  CHECK(lines.front() == std::string(TailBuffer::max_bytes, 'x'));
}
