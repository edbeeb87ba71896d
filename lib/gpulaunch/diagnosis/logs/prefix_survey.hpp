// Decides, from all lines of a log, which of the forms that could be anything are prefixes in it: "1: apples" is a
// list, but lines that begin with the same few numbers again and again are the output of ranks. Read before the log
// itself.
#pragma once

#include "gpulaunch/diagnosis/logs/line_feed.hpp"
#include "gpulaunch/diagnosis/logs/line_prefix.hpp"
#include "gpulaunch/diagnosis/logs/line_stamp.hpp"

#include <array>
#include <cstdint>
#include <map>
#include <string>

namespace gpulaunch {

class PrefixSurvey {
 public:
  PrefixSurvey(const PrefixReader& prefixes, const StampReader& stamps) : prefixes_(&prefixes), stamps_(&stamps) {}

  void feed(std::string_view bytes);
  // After the last bytes.
  [[nodiscard]] PrefixForms decide();

 private:
  struct Evidence {
    std::uint64_t lines = 0;          // that have it
    std::uint64_t before_prefix = 0;  // of those, ones that go on with an unmistakable prefix
    std::uint64_t beyond = 0;         // of those, ones with names beyond the number that is remembered
    std::map<std::string, std::uint64_t, std::less<>> names;
  };
  void see(std::string_view line);
  void count(PrefixForm form, std::string_view line);
  [[nodiscard]] bool convinces(PrefixForm form) const;
  [[nodiscard]] bool is_repeated(const Evidence& evidence) const;

  const PrefixReader* prefixes_;
  const StampReader* stamps_;
  LineFeed feed_;
  std::uint64_t lines_ = 0;
  bool seen_srun_ = false;
  std::array<Evidence, prefix_forms> evidence_;
};

// `line` without times and unmistakable prefixes at its beginning.
[[nodiscard]] std::string_view without_sure_prefixes(std::string_view line, const PrefixReader& prefixes,
                                                     const StampReader& stamps);

}  // namespace gpulaunch
