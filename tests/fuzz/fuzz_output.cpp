// libFuzzer target for the output folder's pure parts: the input is a script of reads and ticks of three ranks. Checks
// that no byte is lost between a stream and its pieces, that memory stays bounded, and that a console which is no
// terminal shows each line of each rank whole.
#include "gpulaunch/output/console.hpp"
#include "gpulaunch/output/label.hpp"
#include "gpulaunch/output/line_splitter.hpp"
#include "gpulaunch/output/tail_buffer.hpp"

#include <array>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

using namespace gpulaunch;

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

struct Rank {
  LineSplitter splitter;
  ConsoleLine line;
  TailBuffer tail;
  std::string written;
  std::string passed;
};

class Screen {
 public:
  explicit Screen(bool terminal) : console_(queue_, {.terminal = terminal, .shared = true}) {}

  void print(std::size_t number, std::string_view bytes) {
    Rank& rank = ranks_[number];
    rank.written += bytes;
    rank.tail.append(bytes);
    rank.splitter.feed(bytes);
    while (const auto piece = rank.splitter.next()) take(rank, *piece);
    require(rank.splitter.held().size() <= LineSplitter::limit);
    if (!rank.splitter.held().empty()) console_.grown(speaker(rank), rank.splitter.held());
  }
  void tick(Nanos later) {
    now_ += later;
    for (Rank& rank : ranks_) {
      const auto due = console_.due(rank.line, rank.splitter.held());
      if (due && *due <= now_) console_.show(speaker(rank), rank.splitter.held());
    }
  }
  void finish() {
    for (Rank& rank : ranks_) {
      if (const auto piece = rank.splitter.finish()) take(rank, *piece);
      require(rank.passed == rank.written);
      require(rank.tail.lines(TailBuffer::max_lines).size() <= TailBuffer::max_lines);
    }
    require(queue_.empty() || queue_.view().back() == '\n');
  }

 private:
  void take(Rank& rank, const Piece& piece) {
    rank.passed += piece.text;
    switch (piece.kind) {
      case Piece::Kind::lines: return console_.whole_lines(speaker(rank), piece.text);
      case Piece::Kind::line: rank.passed += '\n'; return console_.end_line(speaker(rank), piece.text);
      case Piece::Kind::part: return console_.part(speaker(rank), piece.text);
      case Piece::Kind::last: return console_.end_stream(speaker(rank), piece.text);
    }
  }
  Console::Speaker speaker(Rank& rank) { return {rank.line, "[n] ", now_}; }

  ByteQueue queue_;
  Console console_;
  Mono now_{};
  std::array<Rank, 3> ranks_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view script(reinterpret_cast<const char*>(data), size);
  (void)LabelFormat::parse(script);
  Screen screen(size % 2 == 0);
  while (script.size() >= 2) {
    const auto command = static_cast<unsigned char>(script[0]);
    const std::size_t length = static_cast<unsigned char>(script[1]);
    script.remove_prefix(2);
    const std::string_view bytes = script.substr(0, length);
    script.remove_prefix(bytes.size());
    // Some reads are repeated, so that lines grow beyond the limit from a short input.
    const int times = command >= 0xf0 ? 2000 : 1;
    for (int turn = 0; turn < times; ++turn) screen.print(command % 3, bytes);
    if ((command & 0x08) != 0) screen.tick(std::chrono::milliseconds(50 * (command & 0x07)));
  }
  screen.finish();
  return 0;
}
