// The router over pipes: what reaches the console, and what happens when the console's reader is slow or gone.
#include "gpulaunch/output/console.hpp"
#include "gpulaunch/output/outlet.hpp"
#include "support.hpp"

#include <fmt/format.h>

#include <sys/resource.h>

#include <map>
#include <random>

using namespace gpulaunch;
using namespace gpulaunch::test;

namespace {

// What each rank wrote, put together again from a labelled console: breaks are joined, labels dropped.
std::map<char, std::string> by_rank(std::string_view console) {
  std::map<char, std::string> text;
  while (!console.empty()) {
    const std::size_t newline = console.find('\n');
    std::string_view line = console.substr(0, newline);
    console.remove_prefix(newline + 1);
    REQUIRE(line.size() >= 4);
    REQUIRE((line[0] == '[' && line[2] == ']' && line[3] == ' '));
    std::string& whole = text[line[1]];
    line.remove_prefix(4);
    if (line.starts_with(break_mark)) line.remove_prefix(break_mark.size());
    const bool goes_on = line.ends_with(break_mark);
    if (goes_on) line.remove_suffix(break_mark.size());
    whole += line;
    if (!goes_on) whole += '\n';
  }
  return text;
}

std::string random_bytes(std::mt19937& random) {
  static constexpr std::string_view alphabet("ab\n\r\0\xc3\xff", 7);
  const std::size_t size = random() % 8 == 0 ? random() % 100'000 : random() % 40;
  std::string bytes(size, 'x');
  for (int spot = 0; !bytes.empty() && spot < 5; ++spot) {
    bytes[random() % size] = alphabet[random() % alphabet.size()];
  }
  return bytes;
}

// The most memory that this process had, in MiB.
long peak_mib() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss / 1024;
}

}  // namespace

TEST_CASE("each rank's bytes reach the console complete and in order, whatever the chunks and the timing") {
  std::mt19937 random(3);
  for (int round = 0; round < 30; ++round) {
    Harness harness(plan_of(4));
    std::map<char, std::string> written;
    std::string console;
    Nanos time{};
    for (int step = 0; step < 200; ++step) {
      const int rank = static_cast<int>(random() % 4);
      const std::string bytes = random_bytes(random);
      harness.router->write(out(rank), bytes, at(time));
      written[static_cast<char>('0' + rank)] += bytes;
      time += std::chrono::milliseconds(random() % 60);
      if (const auto due = harness.router->deadline(); due && *due <= at(time).mono) harness.tick_at(time);
      console += harness.shown();
    }
    harness.close_all(4, time);
    do {
      console += harness.shown();
    } while (!harness.router->drained());
    console += harness.shown();
    for (auto& [rank, text] : written) {
      if (!text.empty() && !text.ends_with('\n')) text += '\n';
    }
    std::erase_if(written, [](const auto& entry) { return entry.second.empty(); });
    CHECK(by_rank(console) == written);
  }
}

TEST_CASE("a stream's deadline is set by its unfinished line and gone when nothing waits") {
  Harness harness(plan_of(2));
  CHECK_FALSE(harness.router->deadline());
  harness.router->write(out(0), "whole\n", at(0ms));
  CHECK_FALSE(harness.router->deadline());
  harness.router->write(out(0), "part", at(10ms));
  CHECK(harness.router->deadline() == at(110ms).mono);
  harness.tick_at(110ms);
  CHECK(harness.shown() == "[0] whole\n[0] part");
  CHECK_FALSE(harness.router->deadline());
}

TEST_CASE("standard output and error on one pipe keep their order, on two they are apart") {
  Harness one(plan_of(2));
  one.router->write(out(0), "a\n", at(0ms));
  one.router->write(err(0), "b\n", at(0ms));
  one.router->write(out(0), "c\n", at(0ms));
  CHECK(one.shown() == "[0] a\n[0] b\n[0] c\n");

  Harness two(plan_of(2), {}, true);
  two.router->write(out(0), "a\n", at(0ms));
  two.router->write(err(0), "b\n", at(0ms));
  two.router->notice("gpulaunch: note", at(0ms));
  CHECK(two.shown() == "[0] a\n");
  CHECK(two.shown_on_error() == "[0] b\ngpulaunch: note\n");
}

TEST_CASE("without labels lines are still whole") {
  Harness harness(plan_of(2, false));
  harness.router->write(out(0), "from ", at(0ms));
  harness.router->write(out(1), "one\n", at(0ms));
  harness.router->write(out(0), "zero\n", at(0ms));
  CHECK(harness.shown() == "one\nfrom zero\n");
}

TEST_CASE("one unlabelled rank's bytes are not changed, not even at the end") {
  Harness harness(plan_of(1, false));
  const std::string bytes = std::string(200'000, 'x') + std::string("\n\0\r\xff", 4);
  std::string console;
  for (std::size_t from = 0; from < bytes.size(); from += 30'000) {
    harness.router->write(out(0), bytes.substr(from, 30'000), at(0ms));
    console += harness.shown();
  }
  harness.close_all(1, 0ms);
  console += harness.shown();
  CHECK(console == bytes);
}

TEST_CASE("the console shows only the streams that the plan sends there") {
  Plan plan = plan_of(3);
  plan.ranks[1].out.console = false;
  plan.ranks[2].out.inherit = true;
  Harness harness(plan);
  harness.router->write(out(0), "shown\n", at(0ms));
  harness.router->write(out(1), "hidden\n", at(0ms));
  CHECK(harness.shown() == "[0] shown\n");
  CHECK(harness.router->tail(out(1), 5) == std::vector<std::string>{"hidden"});
}

TEST_CASE("a label format implies labels, times are those of the read") {
  use_zone("UTC0");
  OutputOptions options;
  options.label_format = "{host}.{rank}| ";
  options.timestamps = true;
  Harness harness(plan_of(2, false), options);
  harness.router->write(out(1), "x\ny\n", at(250ms));
  CHECK(harness.shown() == "12:05:48.250 node7.1| x\n12:05:48.250 node7.1| y\n");
}

TEST_CASE("colours are drawn when asked for") {
  OutputOptions options;
  options.color = When::always;
  Harness harness(plan_of(2), options);
  harness.router->write(out(1), "x\n", at(0ms));
  CHECK(harness.shown() == "\033[32m[1]\033[0m x\n");
}

TEST_CASE("an unknown placeholder in the label format is refused when opening") {
  OutputOptions options;
  options.label_format = "{rnk}";
  const auto refused = OutputRouter::open(plan_of(1), options, {});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().kind == ErrorKind::usage);
}

TEST_CASE("a slow reader causes back-pressure and loses nothing") {
  Harness harness(plan_of(4));
  std::string expected;
  int number = 0;
  while (!harness.router->congested()) {
    std::string lines;
    for (int line = 0; line < 500; ++line) lines += fmt::format("line {}\n", ++number);
    harness.router->write(out(number % 4), lines, at(0ms));
    for (int line = number - 499; line <= number; ++line) expected += fmt::format("[{}] line {}\n", number % 4, line);
    harness.router->flush();
  }
  REQUIRE(harness.router->blocked_fds().size() == 1);
  CHECK_FALSE(harness.router->drained());
  CHECK(expected.size() >= Outlet::high_water);
  std::string console;
  while (!harness.router->drained()) {
    console += read_available(harness.out_pipe().read.get(), 50'000);
    harness.router->flush();
  }
  console += harness.shown();
  CHECK(console == expected);
  CHECK_FALSE(harness.router->congested());
  CHECK(harness.router->blocked_fds().empty());
}

TEST_CASE("when the console's reader has died, the job's output is dropped and one notice is given") {
  Harness harness(plan_of(2), {}, true);
  harness.router->write(out(0), "first\n", at(0ms));
  CHECK(harness.shown() == "[0] first\n");
  harness.out_pipe().read.reset();
  for (int line = 0; line < 1000; ++line) {
    harness.router->write(out(line % 2), std::string(10'000, 'x') + "\n", at(0ms));
    harness.router->flush();
    REQUIRE_FALSE(harness.router->congested());
  }
  CHECK(harness.router->drained());
  harness.router->write(err(1), "still here\n", at(0ms));
  CHECK(harness.shown_on_error() ==
        "gpulaunch: cannot write to standard output (nobody reads it any more): what comes is dropped there, the job "
        "goes on\n[1] still here\n");
  CHECK(harness.router->tail(out(0), 1) == std::vector<std::string>{std::string(10'000, 'x')});
}

TEST_CASE("what a blocked console has not taken can be given up") {
  Harness harness(plan_of(2));
  while (!harness.router->congested()) harness.router->write(out(0), std::string(1000, 'x') + "\n", at(0ms));
  harness.router->abandon_consoles();
  CHECK(harness.router->drained());
  CHECK_FALSE(harness.router->congested());
  (void)read_available(harness.out_pipe().read.get());
  harness.router->notice("gpulaunch: the end", at(0ms));
  CHECK(harness.shown().ends_with("gpulaunch: the end\n"));
}

TEST_CASE("identical lines of many ranks are collapsed into one with the set of ranks") {
  OutputOptions options;
  options.collapse = true;
  Harness harness(plan_of(4), options);
  for (const int rank : {2, 0, 1, 3}) harness.router->write(out(rank), "ready\n", at(0ms));
  CHECK(harness.shown() == "[0-3] ready\n");
  for (const int rank : {0, 1, 3}) harness.router->write(out(rank), fmt::format("same\nrank {}\n", rank), at(10ms));
  CHECK(harness.shown().empty());
  CHECK_FALSE(harness.router->drained());
  CHECK(harness.router->deadline() == at(60ms).mono);
  harness.tick_at(60ms);
  CHECK(harness.shown() == "[0-1,3] same\n[0] rank 0\n[1] rank 1\n[3] rank 3\n");
  CHECK(harness.router->drained());
}

TEST_CASE("with collapsing an unfinished line comes after what its rank printed before") {
  OutputOptions options;
  options.collapse = true;
  Harness harness(plan_of(2), options);
  harness.router->write(out(0), "before\nunfinished", at(0ms));
  harness.router->write(out(0), "", at(5ms));
  harness.tick_at(100ms);
  CHECK(harness.shown() == "[0] before\n[0] unfinished");
  harness.router->write(out(0), " line\nafter\n", at(110ms));
  harness.router->notice("gpulaunch: note", at(111ms));
  CHECK(harness.shown() == " line\n[0] after\ngpulaunch: note\n");
  harness.router->write(out(1), "last", at(120ms));
  harness.close_all(2, 121ms);
  CHECK(harness.shown() == "[1] last\n");
}

TEST_CASE("a hundred megabytes without a newline use bounded memory and arrive complete") {
  Harness harness(plan_of(2));
  const std::string chunk(64UL * 1024, 'x');
  [[maybe_unused]] const long before = peak_mib();
  std::size_t payload = 0;
  const auto count = [&] {
    for (const char byte : harness.shown()) payload += byte == 'x' ? 1 : 0;
  };
  for (int turn = 0; turn < 1600; ++turn) {
    harness.router->write(out(0), chunk, at(0ms));
    while (!harness.router->drained()) count();
  }
  harness.close_all(2, 0ms);
  while (!harness.router->drained()) count();
  count();
  CHECK(payload == 1600 * chunk.size());
#ifndef __SANITIZE_ADDRESS__        // it keeps up to 256 MB of freed memory
  CHECK(peak_mib() - before < 50);  // half of the line
#endif
}

TEST_CASE("complete lines are told to whoever wants events, with rank, stream and time") {
  Harness harness(plan_of(2));
  std::vector<std::string> told;
  harness.router->on_line = [&](StreamId id, std::string_view line, Instant now) {
    told.push_back(fmt::format("{}{}:{}@{}", id.rank, id.stream == Stream::err ? "e" : "o", line,
                               (now.mono - at(0ms).mono) / 1ms));
  };
  harness.router->write(out(0), "a\nb\nc", at(1ms));
  harness.router->write(err(1), "x\n", at(2ms));
  harness.router->write(out(0), "d\n", at(3ms));
  harness.router->write(out(1), "end", at(4ms));
  harness.router->close(out(1), at(5ms));
  CHECK(told == std::vector<std::string>{"0o:a@1", "0o:b@1", "1e:x@2", "0o:cd@3", "1o:end@5"});
}
