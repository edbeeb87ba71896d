#include "gpulaunch/diagnosis/logs/line_stamp.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <re2/re2.h>
#include <utility>

namespace gpulaunch {
namespace {

constexpr const char* iso_pattern = R"((\[)?(\d{4})[-/](\d\d)[-/](\d\d)[T _](\d\d):(\d\d):(\d\d)(?:[.,](\d{1,9}))?)"
                                    R"((Z|[+-]\d\d:?\d\d)?(\])?(?: - |:? +|$))";
constexpr const char* syslog_pattern =
    R"(([A-Z][a-z]{2}) +(\d{1,2}) (\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))? [\w.-]+ [\w./@-]+(?:\[\d+\])?: )";
constexpr const char* mpirun_pattern = R"([A-Z][a-z]{2} ([A-Z][a-z]{2}) +(\d{1,2}) (\d\d):(\d\d):(\d\d) (\d{4}) ?)";
constexpr const char* clock_pattern = R"((\[)?(\d\d):(\d\d):(\d\d)(?:[.,](\d{1,9}))?(\])? +)";

using Piece = re2::StringPiece;

int number(const Piece& digits) {
  int value = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return value;
}

Nanos fraction(const Piece& digits) {
  long long value = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  for (auto places = digits.size(); places < 9; ++places) value *= 10;
  return Nanos(digits.empty() ? 0 : value);
}

Nanos clock_time(const Piece& hours, const Piece& minutes, const Piece& seconds) {
  return std::chrono::hours(number(hours)) + std::chrono::minutes(number(minutes)) +
         std::chrono::seconds(number(seconds));
}

// 1 to 12; 0 where it is no month.
int month_number(const Piece& name) {
  constexpr std::array<std::string_view, 12> names{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto found = std::find(names.begin(), names.end(), std::string_view(name.data(), name.size()));
  return found == names.end() ? 0 : static_cast<int>(found - names.begin()) + 1;
}

std::optional<Nanos> day(int year, int month, int day_of_month) {
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day_of_month))};
  // Nanoseconds since the epoch last until 2262.
  if (!date.ok() || year < 1970 || year > 2200) return std::nullopt;
  return Nanos(std::chrono::sys_days(date).time_since_epoch());
}

// "+02:00", "-0700", "Z" or nothing.
Nanos zone_offset(const Piece& zone) {
  if (zone.size() < 5) return {};
  const auto minutes = number(zone.substr(1, 2)) * 60 + number(zone.substr(zone.size() - 2));
  return std::chrono::minutes(zone[0] == '-' ? -minutes : minutes);
}

template <std::size_t Count>
struct Match {
  std::array<Piece, Count + 1> groups;

  bool of(const RE2& pattern, std::string_view line) {
    return pattern.Match(Piece(line.data(), line.size()), 0, line.size(), RE2::ANCHOR_START, groups.data(),
                         static_cast<int>(groups.size()));
  }
  const Piece& operator[](std::size_t group) const { return groups[group]; }
  [[nodiscard]] std::size_t length() const { return groups[0].size(); }
};

std::optional<LineStamp> made(LineStamp::Kind kind, std::optional<Nanos> date, Nanos clock, std::size_t length) {
  if (!date) return std::nullopt;
  return LineStamp{kind, *date + clock, length};
}

std::optional<LineStamp> read_iso(const RE2& pattern, std::string_view line) {
  Match<10> match;
  if (!match.of(pattern, line) || match[1].empty() != match[10].empty()) return std::nullopt;
  const auto clock = clock_time(match[5], match[6], match[7]) + fraction(match[8]) - zone_offset(match[9]);
  return made(LineStamp::Kind::full, day(number(match[2]), number(match[3]), number(match[4])), clock, match.length());
}

// Of a leap year, so that no day is refused.
constexpr int any_year = 1972;

std::optional<LineStamp> read_syslog(const RE2& pattern, std::string_view line) {
  Match<6> match;
  if (!match.of(pattern, line)) return std::nullopt;
  const auto clock = clock_time(match[3], match[4], match[5]) + fraction(match[6]);
  return made(LineStamp::Kind::without_year, day(any_year, month_number(match[1]), number(match[2])), clock,
              match.length());
}

std::optional<LineStamp> read_mpirun(const RE2& pattern, std::string_view line) {
  Match<6> match;
  if (!match.of(pattern, line)) return std::nullopt;
  return made(LineStamp::Kind::full, day(number(match[6]), month_number(match[1]), number(match[2])),
              clock_time(match[3], match[4], match[5]), match.length());
}

std::optional<LineStamp> read_clock(const RE2& pattern, std::string_view line) {
  Match<6> match;
  if (!match.of(pattern, line) || match[1].empty() != match[6].empty()) return std::nullopt;
  return LineStamp{LineStamp::Kind::time_of_day, clock_time(match[2], match[3], match[4]) + fraction(match[5]),
                   match.length()};
}

// A line that begins otherwise need not be looked at by four patterns.
bool may_begin_stamp(std::string_view line) {
  if (line.size() < 9) return false;
  const char first = line[0] == '[' ? line[1] : line[0];
  return (first >= '0' && first <= '9') || (line[0] >= 'A' && line[0] <= 'Z' && line[3] == ' ');
}

}  // namespace

struct StampReader::Patterns {
  RE2 iso{iso_pattern};
  RE2 syslog{syslog_pattern};
  RE2 mpirun{mpirun_pattern};
  RE2 clock{clock_pattern};
};

StampReader::StampReader() : patterns_(std::make_unique<Patterns>()) {}
StampReader::StampReader(StampReader&&) noexcept = default;
StampReader& StampReader::operator=(StampReader&&) noexcept = default;
StampReader::~StampReader() = default;

std::optional<LineStamp> StampReader::read(std::string_view line) const {
  if (!may_begin_stamp(line)) return std::nullopt;
  if (auto stamp = read_iso(patterns_->iso, line)) return stamp;
  if (auto stamp = read_clock(patterns_->clock, line)) return stamp;
  if (auto stamp = read_mpirun(patterns_->mpirun, line)) return stamp;
  return read_syslog(patterns_->syslog, line);
}

std::optional<LineStamp> StampReader::read_whole(std::string_view text) const {
  auto stamp = read(text);
  return stamp && stamp->length == text.size() ? stamp : std::nullopt;
}

}  // namespace gpulaunch
