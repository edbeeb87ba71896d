// The console's rules, on a queue in memory. Ranks are driven through their splitters, as the router does it.
#include "gpulaunch/output/console.hpp"

#include "support.hpp"

#include "gpulaunch/output/line_splitter.hpp"

#include <fmt/format.h>

#include <array>

using namespace gpulaunch;
using namespace gpulaunch::test;

namespace {

class Screen {
 public:
  explicit Screen(Console::Traits traits) : console_(queue_, traits), labelled_(traits.shared) {}

  void print(std::size_t rank, std::string_view bytes, Nanos time = 0ms) {
    LineSplitter& splitter = splitters_[rank];
    splitter.feed(bytes);
    while (const auto piece = splitter.next()) {
      if (piece->kind == Piece::Kind::lines) console_.whole_lines(speaker(rank, time), piece->text);
      else if (piece->kind == Piece::Kind::part) console_.part(speaker(rank, time), piece->text);
      else console_.end_line(speaker(rank, time), piece->text);
    }
    if (!splitter.held().empty()) console_.grown(speaker(rank, time), splitter.held());
  }
  void end(std::size_t rank) {
    if (const auto piece = splitters_[rank].finish()) console_.end_stream(speaker(rank, 0ms), piece->text);
  }
  void tick(Nanos time) {
    for (std::size_t rank = 0; rank < lines_.size(); ++rank) {
      const auto due = console_.due(lines_[rank], splitters_[rank].held());
      if (due && *due <= at(time).mono) console_.show(speaker(rank, time), splitters_[rank].held());
    }
  }
  void say(std::string_view line) { console_.say({}, line, at(0ms).mono); }

  // What was shown since the last call.
  [[nodiscard]] std::string shown() {
    const std::string text(queue_.view());
    queue_.clear();
    return text;
  }

 private:
  Console::Speaker speaker(std::size_t rank, Nanos time) {
    return {lines_[rank], labelled_ ? std::string_view(labels_[rank]) : "", at(time).mono};
  }

  ByteQueue queue_;
  Console console_;
  bool labelled_;
  std::array<std::string, 3> labels_{"[0] ", "[1] ", "[2] "};
  std::array<LineSplitter, 3> splitters_;
  std::array<ConsoleLine, 3> lines_;
};

constexpr Console::Traits pipe_console{.terminal = false, .shared = true};
constexpr Console::Traits terminal{.terminal = true, .shared = true};
constexpr Console::Traits alone{.terminal = false, .shared = false};

}  // namespace

TEST_CASE("whole lines are labelled and never mixed") {
  Screen screen(pipe_console);
  screen.print(0, "one\ntw");
  screen.print(1, "uno\n");
  screen.print(0, "o\n\n");
  CHECK(screen.shown() == "[0] one\n[1] uno\n[0] two\n[0] \n");
}

TEST_CASE("an unfinished line is shown after 100 ms and then grows at once") {
  Screen screen(pipe_console);
  screen.print(0, "loading", 0ms);
  screen.tick(99ms);
  CHECK(screen.shown().empty());
  screen.tick(100ms);
  CHECK(screen.shown() == "[0] loading");
  screen.print(0, ".", 150ms);
  CHECK(screen.shown() == ".");
  screen.print(0, " done\nnext\n", 200ms);
  CHECK(screen.shown() == " done\n[0] next\n");
}

TEST_CASE("another rank's line breaks an unfinished one with a mark, and its rest begins with the mark") {
  Screen screen(pipe_console);
  screen.print(0, "loading", 0ms);
  screen.tick(100ms);
  screen.print(1, "ready\n", 110ms);
  CHECK(screen.shown() == "[0] loading~>\n[1] ready\n");
  screen.print(0, " still", 120ms);
  screen.tick(219ms);
  CHECK(screen.shown().empty());
  screen.tick(220ms);
  CHECK(screen.shown() == "[0] ~> still");
  screen.print(0, " done\n", 230ms);
  CHECK(screen.shown() == " done\n");
  screen.print(0, "next\n", 240ms);
  CHECK(screen.shown() == "[0] next\n");
}

TEST_CASE("two unfinished lines break each other, and a line of ours breaks them too") {
  Screen screen(pipe_console);
  screen.print(0, "a", 0ms);
  screen.print(1, "b", 10ms);
  screen.tick(100ms);
  screen.tick(110ms);
  CHECK(screen.shown() == "[0] a~>\n[1] b");
  screen.say("gpulaunch: rank 2 failed");
  CHECK(screen.shown() == "~>\ngpulaunch: rank 2 failed\n");
  screen.print(1, "\n", 120ms);
  CHECK(screen.shown() == "[1] ~>\n");
}

TEST_CASE("a line beyond 64 KiB is closed with a break, and others may print between its parts") {
  Screen screen(pipe_console);
  const std::string part(LineSplitter::limit, 'x');
  screen.print(0, part + "y");
  screen.print(1, "hello\n");
  screen.print(0, "z\n");
  CHECK(screen.shown() == "[0] " + part + "~>\n[1] hello\n[0] ~>yz\n");
}

TEST_CASE("an unfinished last line is completed") {
  Screen screen(pipe_console);
  screen.print(0, "bye");
  screen.end(0);
  screen.print(1, "half", 0ms);
  screen.tick(100ms);
  screen.end(1);
  CHECK(screen.shown() == "[0] bye\n[1] half\n");
}

TEST_CASE("a rank that has the console to itself gets every byte through unchanged") {
  Screen screen(alone);
  std::string text = "one\n" + std::string(300'000, 'x') + "\n\r 1%\r 2%\r\n";
  text += std::string("\0\xff\n", 3) + "no newline at the end\r";
  for (std::size_t from = 0; from < text.size(); from += 7919) screen.print(0, text.substr(from, 7919));
  screen.tick(100ms);
  screen.end(0);
  CHECK(screen.shown() == text);
  screen.say("gpulaunch: done");
  CHECK(screen.shown() == "\ngpulaunch: done\n");
}

TEST_CASE("off a terminal a progress bar keeps its bytes in one line and waits for what stands") {
  Screen screen(pipe_console);
  screen.print(0, "\r 10%", 0ms);
  screen.print(1, "\r 11%", 0ms);
  screen.tick(100ms);
  CHECK(screen.shown() == "[0] \r 10%");
  screen.print(0, "\r 20%", 200ms);
  screen.print(1, "\r 21%", 200ms);
  screen.tick(300ms);
  CHECK(screen.shown() == "\r 20%");
  screen.print(0, "\r100%\n", 400ms);
  screen.tick(400ms);
  CHECK(screen.shown() == "\r100%\n[1] \r 11%\r 21%");
  screen.print(1, "\r100%\n", 400ms);
  CHECK(screen.shown() == "\r100%\n");
}

TEST_CASE("a progress bar that has waited ten seconds is shown all the same") {
  Screen screen(pipe_console);
  screen.print(0, "\r 10%", 0ms);
  screen.tick(100ms);
  screen.print(1, "\r 11%", 200ms);
  screen.tick(10199ms);
  CHECK(screen.shown() == "[0] \r 10%");
  screen.tick(10200ms);
  CHECK(screen.shown() == "~>\n[1] \r 11%");
}

TEST_CASE("on a terminal the label is drawn again with each update") {
  Screen screen(terminal);
  screen.print(0, "\r 10%", 0ms);
  screen.tick(100ms);
  CHECK(screen.shown() == "[0]  10%");
  screen.print(0, "\r 20%\r 30%", 200ms);
  CHECK(screen.shown() == "\r[0]  20%\r[0]  30%");
  screen.print(0, "\r100%\n", 300ms);
  CHECK(screen.shown() == "\r[0] 100%\n");
}

TEST_CASE("on a terminal an update that ends with a return stays visible until the next one") {
  Screen screen(terminal);
  screen.print(0, " 10%\r", 0ms);
  screen.tick(100ms);
  CHECK(screen.shown() == "[0]  10%");
  screen.print(0, " 20%\r", 200ms);
  CHECK(screen.shown() == "\r[0]  20%");
  screen.print(0, "\n", 300ms);
  CHECK(screen.shown() == "\r\n");
}

TEST_CASE("on a terminal another rank's line wipes a bar, which comes back with its last update") {
  Screen screen(terminal);
  screen.print(0, "\r 10%", 0ms);
  screen.tick(100ms);
  CHECK(screen.shown() == "[0]  10%");
  screen.print(1, "step\n", 200ms);
  CHECK(screen.shown() == "\r\033[K[1] step\n");
  screen.tick(299ms);
  CHECK(screen.shown().empty());
  screen.tick(300ms);
  CHECK(screen.shown() == "[0]  10%");
  screen.print(1, "step\n", 350ms);
  screen.print(0, "\r 20%\r 30%", 360ms);
  screen.print(0, "\n", 370ms);
  CHECK(screen.shown() == "\r\033[K[1] step\n[0]  30%\n");
}

TEST_CASE("on a terminal two bars do not fight for the line") {
  Screen screen(terminal);
  screen.print(0, "\r 10%", 0ms);
  screen.print(1, "\r 11%", 0ms);
  screen.tick(100ms);
  CHECK(screen.shown() == "[0]  10%");
  for (int update = 1; update < 90; ++update) {
    screen.print(0, "\r 50%", 100ms * update);
    screen.print(1, "\r 51%", 100ms * update);
    screen.tick(100ms * update);
  }
  CHECK(screen.shown().find("[1]") == std::string::npos);
  screen.print(0, "\n", 9000ms);
  screen.tick(9100ms);
  CHECK(screen.shown() == "\n[1]  51%");
}

TEST_CASE("on a terminal a finished bar is shown by its last update, and CRLF lines stay lines") {
  Screen screen(terminal);
  screen.print(0, "\r 10%\r100%\nplain\r\nmore\n");
  CHECK(screen.shown() == "[0] 100%\n[0] plain\r\n[0] more\n");
}

TEST_CASE("a bar that is cut before the end of what was shown goes on where it was") {
  Screen screen(pipe_console);
  std::string text(40'000, 'x');
  text += "\r" + std::string(20'000, 'y');
  screen.print(0, text, 0ms);
  screen.tick(100ms);
  std::string all = screen.shown();
  screen.print(0, std::string(10'000, 'z'), 200ms);
  screen.print(0, "!\n", 300ms);
  all += screen.shown();
  CHECK(all == "[0] " + text + std::string(10'000, 'z') + "!\n");
}

TEST_CASE("on a terminal a bar longer than 64 KiB goes on without a break") {
  Screen screen(terminal);
  screen.print(0, "\r  0%", 0ms);
  screen.tick(100ms);
  std::string all = screen.shown();
  for (int update = 0; update < 20'000; ++update) screen.print(0, "\r 42%", 200ms);
  screen.print(0, "\n", 300ms);
  all += screen.shown();
  CHECK(all.find(break_mark) == std::string::npos);
  std::string expected = "[0]   0%";
  for (int update = 0; update < 20'000; ++update) expected += "\r[0]  42%";
  CHECK(all == expected + "\n");
}
