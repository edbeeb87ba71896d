// What counts as progress with --progress-regex: a line of a rank in which the pattern matches, with another text than
// that rank's last match (the groups where the pattern has any, else the whole match). A counter that is printed again
// and again and stands still is no progress. Lines end at "\n" or "\r", so that the updates of a progress bar count;
// of a line that is longer than 4 KiB the rest is not looked at. The supervisor feeds what it reads. Pure.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace re2 {
class RE2;
}

namespace gpulaunch {

class ProgressMatch {
 public:
  // A pattern that was accepted by parse_progress_pattern().
  explicit ProgressMatch(const std::string& pattern);
  ProgressMatch(ProgressMatch&&) noexcept;
  ProgressMatch& operator=(ProgressMatch&&) noexcept;
  ~ProgressMatch();

  void begin_attempt(std::size_t ranks);
  // Bytes of stream 0 or 1 of a rank, as they were read. True when they show progress.
  [[nodiscard]] bool feed(int rank, std::size_t stream, std::string_view bytes);
  // Some rank of this attempt has got to another place than the one at which it was left by the attempts before.
  [[nodiscard]] bool got_further() const;

 private:
  struct Line {
    std::string held;       // begun, and not ended yet
    bool too_long = false;  // its beginning was looked at already
  };
  struct Rank {
    Line lines[2];
    std::string last;    // the text of the last match; empty: none in this attempt
    std::string before;  // with which the last attempt that had a match ended
  };

  [[nodiscard]] bool end_line(Rank& rank, Line& line, std::string_view rest) const;
  void hold(Rank& rank, Line& line, std::string_view rest, bool& moved) const;
  [[nodiscard]] bool is_new(Rank& rank, std::string_view line) const;

  std::unique_ptr<re2::RE2> pattern_;
  std::vector<Rank> ranks_;
};

}  // namespace gpulaunch
