#include "gpulaunch/inspection/finding_lines.hpp"

#include "catch.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <functional>

namespace gpulaunch::testing {
namespace {

using std::chrono_literals::operator""ms;

std::string written(const std::function<void(const FindingWriter&)>& write) {
  std::array<int, 2> ends{-1, -1};
  REQUIRE(::pipe2(ends.data(), O_CLOEXEC) == 0);
  const Fd read_end(ends[0]);
  Fd write_end(ends[1]);
  write(FindingWriter(write_end.get()));
  write_end.reset();
  std::array<char, 65536> text{};
  const auto size = ::read(read_end.get(), text.data(), text.size());
  REQUIRE(size >= 0);
  return {text.data(), static_cast<std::size_t>(size)};
}

RankFindings some_rank() {
  return {.rank = 2,
          .pid = 47,
          .state = 'S',
          .processes = 3,
          .threads = 9,
          .processor_time = 1500ms,
          .busy = 0.5,
          .waits_in = "futex_wait_queue"};
}

TEST_CASE("what is written about a rank is read back the same") {
  const auto received = read_finding_lines(written([](const auto& writer) {
    writer.rank(some_rank());
    writer.python_stack(2, {"train.py:31 in step", "train.py:40 in <module>"});
    writer.native_stack(2, {"pause (libc.so.6)"});
  }));
  REQUIRE(received.findings.ranks.size() == 1);
  const auto& rank = received.findings.ranks.front();
  CHECK(rank.rank == 2);
  CHECK(rank.pid == 47);
  CHECK(rank.state == 'S');
  CHECK(rank.processes == 3);
  CHECK(rank.threads == 9);
  CHECK(rank.processor_time == 1500ms);
  CHECK(rank.busy == 0.5);
  CHECK(rank.waits_in == "futex_wait_queue");
  CHECK(rank.python_stack == std::vector<std::string>{"train.py:31 in step", "train.py:40 in <module>"});
  CHECK(rank.native_stack == std::vector<std::string>{"pause (libc.so.6)"});
}

TEST_CASE("a later line about the same rank replaces the facts and keeps the stacks") {
  const auto received = read_finding_lines(written([](const auto& writer) {
    writer.python_stack(2, {"train.py:31 in step"});
    writer.rank(some_rank());
    auto later = some_rank();
    later.busy = 1.0;
    writer.rank(later);
  }));
  REQUIRE(received.findings.ranks.size() == 1);
  CHECK(received.findings.ranks[0].busy == 1.0);
  CHECK(received.findings.ranks[0].python_stack.size() == 1);
}

TEST_CASE("findings come in the order of ranks") {
  const auto text = written([](const auto& writer) {
    writer.python_stack(5, {"a.py:1 in a"});
    writer.python_stack(1, {"a.py:1 in a"});
  });
  const auto ranks = read_finding_lines(text).findings.ranks;
  REQUIRE(ranks.size() == 2);
  CHECK(ranks[0].rank == 1);
  CHECK(ranks[1].rank == 5);
}

TEST_CASE("a line that was cut off counts as not written") {
  auto text = written([](const auto& writer) {
    writer.note("one");
    writer.note("two");
  });
  text.resize(text.size() - 1);
  CHECK(read_finding_lines(text).findings.notes == std::vector<std::string>{"one"});
}

TEST_CASE("lines that make no sense are passed over") {
  const auto received = read_finding_lines(
      "garbage\n{\n[]\n3\nnull\n{}\n{\"kind\":7}\n{\"kind\":\"rank\"}\n{\"kind\":\"rank\",\"rank\":\"x\"}\n"
      "{\"kind\":\"note\",\"lines\":[1]}\n\n{\"kind\":\"python\",\"rank\":1}\n{\"kind\":\"note\",\"lines\":[\"kept\"]}"
      "\n");
  CHECK(received.findings.notes == std::vector<std::string>{"kept"});
  CHECK(received.findings.nccl.empty());
}

TEST_CASE("text that is no UTF-8 does not keep a finding back") {
  const auto received = read_finding_lines(written([](const auto& writer) { writer.note("a\xff\nb"); }));
  REQUIRE(received.findings.notes.size() == 1);
  CHECK(received.findings.notes[0] == "a\xef\xbf\xbd\nb");
}

TEST_CASE("a process that a tool was not seen to leave is remembered") {
  const auto received = read_finding_lines(written([](const auto& writer) {
    writer.tool_on(100);
    writer.tool_on(101);
    writer.tool_off(100);
  }));
  CHECK(received.under_tool == std::vector<pid_t>{101});
}

}  // namespace
}  // namespace gpulaunch::testing
