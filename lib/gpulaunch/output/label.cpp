#include "gpulaunch/output/label.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace gpulaunch {
namespace {

// Colours that are legible on dark and light ground; red is left to errors.
constexpr std::array palette = {36, 32, 33, 35, 34, 96, 92, 93, 95, 94};

bool is_word(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; });
}

}  // namespace

std::optional<LabelFormat::Field> LabelFormat::field_named(std::string_view name, bool torchrun_style) {
  if (name == "rank") return Field::rank;
  if (name == "local_rank") return Field::local_rank;
  if (torchrun_style) {
    if (name == "role_name") return Field::role;
    if (name == "hostname") return Field::host;
    return std::nullopt;
  }
  if (name == "host") return Field::host;
  if (name == "role") return Field::role;
  if (name == "time") return Field::time;
  return std::nullopt;
}

void LabelFormat::add_literal(std::string_view text) {
  if (segments_.empty() || segments_.back().field != Field::literal) segments_.push_back({});
  segments_.back().text += text;
}

Result<LabelFormat> LabelFormat::parse(std::string_view text) {
  LabelFormat format;
  for (std::string_view rest = text; !rest.empty();) {
    const std::size_t open = rest.find('{');
    const std::size_t close = open == std::string_view::npos ? open : rest.find('}', open);
    if (close == std::string_view::npos) {
      format.add_literal(rest);
      break;
    }
    const std::string_view name = rest.substr(open + 1, close - open - 1);
    const bool torchrun_style = open > 0 && rest[open - 1] == '$';
    if (const auto field = field_named(name, torchrun_style)) {
      if (const auto before = rest.substr(0, torchrun_style ? open - 1 : open); !before.empty()) {
        format.add_literal(before);
      }
      format.segments_.push_back({*field, {}});
      rest.remove_prefix(close + 1);
    } else if (is_word(name) && !torchrun_style) {
      return fail(ErrorKind::usage,
                  fmt::format("--label-format '{}': unknown placeholder {{{}}} (allowed are {{rank}}, {{local_rank}}, "
                              "{{host}}, {{role}} and {{time}})",
                              text, name));
    } else {
      // torchrun leaves a ${name} that it does not know as it is.
      format.add_literal(rest.substr(0, open + 1));
      rest.remove_prefix(open + 1);
    }
  }
  return format;
}

void LabelFormat::append_to(std::string& text, const LabelFacts& facts, std::vector<std::size_t>& times) const {
  for (const Segment& segment : segments_) {
    switch (segment.field) {
      case Field::literal: text += segment.text; break;
      case Field::rank: text += facts.rank; break;
      case Field::local_rank: text += facts.local_rank; break;
      case Field::host: text += facts.host; break;
      case Field::role: text += facts.role; break;
      case Field::time:
        times.push_back(text.size());
        text.append(Stamp::time_size, ' ');
        break;
    }
  }
}

Prefix::Prefix(const Style& style, const LabelFacts& facts) {
  if (style.timestamps) {
    has_full_stamp_ = style.dates;
    if (!style.dates) times_.push_back(0);
    text_.append(style.dates ? Stamp::full_size : Stamp::time_size, ' ').append(1, ' ');
  }
  if (style.label == nullptr) return;
  if (style.colour) text_ += fmt::format("\033[{}m", palette[static_cast<std::size_t>(*style.colour) % palette.size()]);
  style.label->append_to(text_, facts, times_);
  if (!style.colour) return;
  // The reset goes before the blank that separates label and line.
  const std::size_t last = text_.find_last_not_of(' ');
  text_.insert(last + 1, "\033[0m");
}

void Prefix::fill(Wall time, Stamp& stamp) {
  if (has_full_stamp_) text_.replace(0, Stamp::full_size, stamp.full(time));
  for (const std::size_t at : times_) text_.replace(at, Stamp::time_size, stamp.time_of_day(time));
}

}  // namespace gpulaunch
