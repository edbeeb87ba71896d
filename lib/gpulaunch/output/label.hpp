// What stands before a line: the label ("[3] ", or what --label-format makes of a rank) and with --timestamps the time
// before it. Everything that does not depend on the time is put together once per rank; a time is written into its slot
// of the finished text. Pure.
#pragma once

#include "gpulaunch/base/clock.hpp"
#include "gpulaunch/base/error.hpp"
#include "gpulaunch/output/stamp.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gpulaunch {

// What a label can tell of a rank, or of the set of ranks that a collapsed line stands for ("0-3,7").
struct LabelFacts {
  std::string rank;
  std::string local_rank;
  std::string host;
  std::string role;
};

class LabelFormat {
 public:
  static constexpr std::string_view standard = "[{rank}] ";
  // What torchrun puts before the lines that it tees.
  static constexpr std::string_view torchrun = "[{role}{local_rank}]:";

  // Placeholders {rank} {local_rank} {host} {role} {time}, or torchrun's ${rank} ${local_rank} ${role_name}
  // ${hostname}. Errors: usage, for another word in braces; other braces stand for themselves.
  [[nodiscard]] static Result<LabelFormat> parse(std::string_view text);

  // Appends the label; where the time belongs, a slot of Stamp::time_size characters, its offset added to `times`.
  void append_to(std::string& text, const LabelFacts& facts, std::vector<std::size_t>& times) const;

 private:
  enum class Field { literal, rank, local_rank, host, role, time };
  struct Segment {
    Field field = Field::literal;
    std::string text;  // with Field::literal
  };
  static std::optional<Field> field_named(std::string_view name, bool torchrun_style);
  void add_literal(std::string_view text);

  std::vector<Segment> segments_;
};

class Prefix {
 public:
  struct Style {
    const LabelFormat* label = nullptr;  // none: no label
    bool timestamps = false;
    bool dates = false;                        // timestamps with their date
    std::optional<int> colour = std::nullopt;  // a number that always gets the same colour of the palette
  };

  Prefix() = default;
  Prefix(const Style& style, const LabelFacts& facts);

  // The text for lines of that time, valid until the next call.
  [[nodiscard]] std::string_view at(Wall time, Stamp& stamp) {
    if (!times_.empty() || has_full_stamp_) fill(time, stamp);
    return text_;
  }

 private:
  void fill(Wall time, Stamp& stamp);

  std::string text_;
  std::vector<std::size_t> times_;  // where slots for the time of day begin
  bool has_full_stamp_ = false;     // the text begins with a slot for date and time
};

}  // namespace gpulaunch
