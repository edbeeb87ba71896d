#include "gpulaunch/output/stream_memory.hpp"

#include "catch.hpp"

#include <algorithm>
#include <string>

using namespace gpulaunch;
using namespace std::chrono_literals;

namespace {

std::vector<std::string> texts(const StreamMemory& memory) {
  std::vector<std::string> all;
  for (auto& line : memory.lines()) all.push_back(std::move(line.text));
  return all;
}

bool remembers(const StreamMemory& memory, const std::string& text) {
  const auto all = texts(memory);
  return std::find(all.begin(), all.end(), text) != all.end();
}

// As a rank writes that prints much: more than head and tail hold, in chunks of `chunk` bytes.
void write_much(StreamMemory& memory, std::size_t bytes, Mono now, ScanAllowance& allowance) {
  const std::string line(99, '.');
  for (std::size_t written = 0; written < bytes; written += 100) memory.append(line + "\n", now, allowance);
}

}  // namespace

TEST_CASE("a short stream is remembered whole, each line once") {
  StreamMemory memory;
  ScanAllowance allowance;
  memory.append("one\ntwo err", Mono(1s), allowance);
  memory.append("or\n 10%\r 20%\nthree", Mono(2s), allowance);
  CHECK(texts(memory) == std::vector<std::string>{"one", "two error", " 20%", "three"});
  CHECK(memory.lines()[1].at == Mono(2s));
  CHECK(!memory.lines()[0].at);
}

TEST_CASE("an error between much other output is remembered with what follows it") {
  StreamMemory memory;
  ScanAllowance allowance;
  memory.append("first\n", Mono(1s), allowance);
  write_much(memory, 200'000, Mono(2s), allowance);
  memory.append("Traceback (most recent call last):\n  File \"a.py\", line 3\n    f()\nValueErr", Mono(3s), allowance);
  memory.append("or: bad\n", Mono(3s), allowance);
  write_much(memory, 200'000, Mono(4s), allowance);
  memory.append("last", Mono(5s), allowance);
  CHECK(texts(memory).front() == "first");
  CHECK(remembers(memory, "  File \"a.py\", line 3"));
  CHECK(remembers(memory, "ValueError: bad"));
  CHECK(texts(memory).back() == "last");
  CHECK(texts(memory).size() < 2000);
}

TEST_CASE("the first and the latest errors are kept, whatever is printed, and memory is bounded") {
  StreamMemory memory;
  ScanAllowance allowance;
  Mono now(1s);
  for (int i = 0; i < 20'000; ++i) {
    memory.append("error " + std::to_string(i) + std::string(50, '.') + "\n", now, allowance);
    now += 10ms;
  }
  write_much(memory, 100'000, now, allowance);
  CHECK(remembers(memory, "error 0" + std::string(50, '.')));
  CHECK(remembers(memory, "error 19999" + std::string(50, '.')));
  CHECK(texts(memory).size() < 2500);
}

TEST_CASE("of a flood only as much is read for errors as is allowed in each moment") {
  StreamMemory memory;
  ScanAllowance allowance;
  write_much(memory, 2 * ScanAllowance::bytes_per_window, Mono(1s), allowance);
  memory.append("error: in the flood\n", Mono(1s), allowance);
  write_much(memory, 200'000, Mono(1s), allowance);
  CHECK(!remembers(memory, "error: in the flood"));
  memory.append("error: later\n", Mono(2s), allowance);
  write_much(memory, 200'000, Mono(2s), allowance);
  CHECK(remembers(memory, "error: later"));
}

TEST_CASE("long lines are kept by their beginning, endless ones by their end") {
  StreamMemory memory;
  ScanAllowance allowance;
  write_much(memory, 100'000, Mono(1s), allowance);
  memory.append("error " + std::string(5000, 'x') + "\n", Mono(1s), allowance);
  write_much(memory, 100'000, Mono(1s), allowance);
  CHECK(remembers(memory, "error " + std::string(ErrorLines::max_line - 6, 'x')));

  StreamMemory endless;
  for (int turn = 0; turn < 100; ++turn) endless.append(std::string(5000, 'y'), Mono(1s), allowance);
  REQUIRE(texts(endless).size() == 1);
  CHECK(texts(endless).front() == std::string(TailBuffer::max_bytes, 'y'));
}
