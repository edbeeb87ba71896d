// Cuts the bytes of one stream into lines, whatever the chunks are that they arrive in. Whole lines of a chunk are
// passed on as one view of it, uncopied; only what is cut by the end of a chunk is held until the rest arrives. Memory
// is bounded: of a line longer than `limit`, parts are passed on. A part ends after its last "\r" where the second half
// of it has one, so that the updates of a progress bar are not torn. Where a line is cut depends on its bytes alone,
// never on the chunks. Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace gpulaunch {

struct Piece {
  enum class Kind {
    lines,  // whole lines, each with its "\n", none longer than the limit
    line,   // the end of a line that was held or of which parts were passed on; without its "\n"
    part,   // of a line that goes on
    last,   // the stream ended within this line
  };
  Kind kind = Kind::lines;
  std::string_view text;   // valid until the splitter is called again
  bool continues = false;  // with line, part and last: an earlier part of this line was passed on
};

class LineSplitter {
 public:
  static constexpr std::size_t limit = 64UL * 1024;
  // Blocks of whole lines end at the first line end beyond this, so that what is made of them stays in the cache.
  static constexpr std::size_t block_size = 128UL * 1024;

  // `bytes` must live until next() has returned nothing; only then may more be fed.
  void feed(std::string_view bytes) { rest_ = bytes; }
  [[nodiscard]] std::optional<Piece> next();
  // The stream has ended: its unfinished last line, if there is one.
  [[nodiscard]] std::optional<Piece> finish();

  // The unfinished line (what was passed on in parts left out); meaningful after next() has returned nothing.
  [[nodiscard]] std::string_view held() const { return held_; }

 private:
  [[nodiscard]] std::size_t whole_lines() const;
  [[nodiscard]] std::optional<Piece> extend();
  [[nodiscard]] Piece end_line(std::size_t length);
  [[nodiscard]] Piece cut_part();

  std::string_view rest_;
  std::string held_;
  std::size_t spent_ = 0;   // bytes of held_ that the last piece showed
  bool continues_ = false;  // parts of the line in held_ were passed on
};

}  // namespace gpulaunch
