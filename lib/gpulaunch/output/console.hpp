// What a console shows: the lines of all ranks, one after the other, never one inside another. At most one line on it
// is unfinished ("stands"); whoever prints next closes it with a marked break, and its rest comes as a line of its own
// that begins with the same mark:
//     [0] loading the model:~>
//     [1] ready
//     [0] ~> done
// Unfinished lines are shown after 100 ms. Progress bars (lines with "\r") are treated so that they stay readable:
// - On a terminal the label is drawn again behind each "\r". Another rank's line wipes the bar instead of breaking it;
//   it is drawn again 100 ms later. What came while a bar did not stand is reduced to its last update.
// - Elsewhere the bytes stay as they are, "\r" included, in one line.
// - A bar does not break what stands: it waits until that is finished, 10 s at most, and plain lines go first.
// Beyond 64 KiB a line is closed with a break too. Where one unlabelled rank has the console to itself, nothing is
// added to its bytes while its two streams do not meet: no break at 64 KiB, no "\n" after an unfinished last line.
// Pure: it appends to a queue and gets the time.
#pragma once

#include "gpulaunch/base/clock.hpp"
#include "gpulaunch/output/byte_queue.hpp"

#include <cstddef>
#include <optional>
#include <string_view>

namespace gpulaunch {

// Ends a line that goes on, and begins its continuation.
inline constexpr std::string_view break_mark = "~>";

// What the console knows of one stream's unfinished line.
struct ConsoleLine {
  std::size_t shown = 0;      // bytes of the text that were shown
  bool begun = false;         // some of the line was shown before
  bool redraw = false;        // the shown part ended with a "\r" that was held back
  std::optional<Mono> since;  // bytes have been waiting to be shown since then
};

class Console {
 public:
  static constexpr Nanos partial_delay = std::chrono::milliseconds(100);
  static constexpr Nanos progress_patience = std::chrono::seconds(10);

  struct Traits {
    bool terminal = false;  // one that can move its cursor
    bool shared = true;     // several ranks print here, or lines get a prefix
  };
  // Who prints: the stream's line, the text that goes before it, and when.
  struct Speaker {
    ConsoleLine& line;
    std::string_view prefix;
    Mono now;
  };

  Console(ByteQueue& out, Traits traits) : out_(out), traits_(traits) {}

  // Whole lines, each with its "\n", of a stream that has no unfinished line.
  void whole_lines(const Speaker& who, std::string_view block);
  // The stream's unfinished line is now complete: `text`, without its "\n".
  void end_line(const Speaker& who, std::string_view text);
  // The stream has ended with `text` unfinished.
  void end_stream(const Speaker& who, std::string_view text);
  // The next part of a line that is too long to be kept; the rest comes as a new text.
  void part(const Speaker& who, std::string_view text);
  // Shows what the stream's unfinished line is so far.
  void show(const Speaker& who, std::string_view text);
  // One line of nobody's stream.
  void say(std::string_view prefix, std::string_view text, Mono now);
  // The stream's unfinished line has become `text`: shown at once where it stands, else when due() says.
  void grown(const Speaker& who, std::string_view text);

  // When the unfinished line wants to be shown; nothing: it has no bytes to show.
  [[nodiscard]] std::optional<Mono> due(const ConsoleLine& line, std::string_view text) const;

 private:
  void close_standing(Mono now);
  void take_line(const Speaker& who, bool as_continuation);
  [[nodiscard]] std::size_t first_to_show(const ConsoleLine& line, std::string_view text) const;
  void put(std::string_view prefix, std::string_view text);
  void put_redrawing(std::string_view prefix, std::string_view text);
  [[nodiscard]] bool draws(std::string_view text) const;

  ByteQueue& out_;
  Traits traits_;
  ConsoleLine* standing_ = nullptr;  // whose unfinished line is the last one on the console
  bool standing_draws_ = false;      // it is a progress bar on a terminal
  bool loose_end_ = false;           // the last line has no "\n", and its stream has ended
};

}  // namespace gpulaunch
