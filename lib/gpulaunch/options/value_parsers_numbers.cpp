#include "gpulaunch/options/text.hpp"
#include "gpulaunch/options/value_parsers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace gpulaunch {
namespace {

constexpr int max_restarts = 1'000'000;
constexpr int most_processes = 1 << 22;  // PID_MAX_LIMIT of 64-bit kernels
constexpr Nanos longest_duration = std::chrono::hours(24 * 365);
constexpr std::string_view duration_forms = "500ms, 10s, 2m, 1h30m, 1d; a bare number is seconds; at most 365d";

struct Unit {
  std::string_view name;
  Nanos length;
};
// From long to short: in one text, each unit must be shorter than the one before.
constexpr std::array<Unit, 5> units{{{"d", std::chrono::hours(24)},
                                     {"h", std::chrono::hours(1)},
                                     {"m", std::chrono::minutes(1)},
                                     {"s", std::chrono::seconds(1)},
                                     {"ms", std::chrono::milliseconds(1)}}};

std::string_view take_while(std::string_view& rest, bool (*wanted)(char)) {
  const auto end = std::find_if_not(rest.begin(), rest.end(), wanted);
  const auto taken = rest.substr(0, static_cast<std::size_t>(end - rest.begin()));
  rest.remove_prefix(taken.size());
  return taken;
}

struct Amount {
  long long whole = 0;
  double fraction = 0;  // [0, 1)
};

// "12", "1.5", ".5"; the fraction has at most nine digits, which is what nanoseconds can hold.
std::optional<Amount> take_amount(std::string_view& rest) {
  Amount amount;
  const auto whole = take_while(rest, text::is_digit);
  if (!whole.empty()) {
    const auto number = parse_decimal(whole);
    if (!number) return std::nullopt;
    amount.whole = *number;
  }
  if (!rest.starts_with('.')) return whole.empty() ? std::nullopt : std::optional(amount);
  rest.remove_prefix(1);
  const auto digits = take_while(rest, text::is_digit);
  const auto number = parse_decimal(digits);
  if (!number || digits.size() > 9) return std::nullopt;
  amount.fraction = static_cast<double>(*number) / std::pow(10.0, static_cast<double>(digits.size()));
  return amount;
}

std::optional<Nanos> length_of(const Amount& amount, Nanos unit) {
  if (amount.whole > longest_duration / unit) return std::nullopt;
  const auto fraction = std::llround(amount.fraction * static_cast<double>(unit.count()));
  return amount.whole * unit + Nanos(fraction);
}

// The unit that `rest` begins with, among those from `first` on.
std::optional<std::size_t> take_unit(std::string_view& rest, std::size_t first) {
  const auto name = take_while(rest, text::is_lower);
  for (std::size_t i = first; i < units.size(); ++i) {
    if (units.at(i).name == name) return i;
  }
  return std::nullopt;
}

std::optional<Nanos> read_duration(std::string_view rest) {
  Nanos total{};
  std::size_t next_unit = 0;
  bool first = true;
  do {
    const auto amount = take_amount(rest);
    if (!amount) return std::nullopt;
    if (first && rest.empty()) return length_of(*amount, std::chrono::seconds(1));
    const auto unit = take_unit(rest, next_unit);
    if (!unit) return std::nullopt;
    const auto length = length_of(*amount, units.at(*unit).length);
    if (!length) return std::nullopt;
    total += *length;
    next_unit = *unit + 1;
    first = false;
  } while (!rest.empty());
  return total;
}

std::optional<int> parse_local_rank(std::string_view text) {
  const auto number = parse_decimal(text);
  if (!number || *number >= max_ranks_per_node) return std::nullopt;
  return static_cast<int>(*number);
}

// "4" or "4-7", added to `ranks`.
bool add_ranks(std::string_view text, RankSet& ranks) {
  const auto dash = text.find('-');
  const auto first = parse_local_rank(text.substr(0, dash));
  const auto last = dash == std::string_view::npos ? first : parse_local_rank(text.substr(dash + 1));
  if (!first || !last || *first > *last) return false;
  for (int rank = *first; rank <= *last; ++rank) ranks.push_back(rank);
  return true;
}

std::optional<StreamSet> parse_stream_set(std::string_view text) {
  if (text.size() != 1 || text[0] < '0' || text[0] > '3') return std::nullopt;
  return static_cast<StreamSet>(text[0] - '0');
}

}  // namespace

std::optional<long long> parse_decimal(std::string_view text) {
  if (text.empty() || !std::all_of(text.begin(), text.end(), text::is_digit)) return std::nullopt;
  long long number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

Result<NprocRequest> parse_nproc(std::string_view text) {
  using Kind = NprocRequest::Kind;
  if (text == "gpu") return NprocRequest{Kind::gpu, 1};
  if (text == "cpu") return NprocRequest{Kind::cpu, 1};
  if (text == "auto") return NprocRequest{Kind::automatic, 1};
  const auto number = parse_decimal(text);
  if (!number || *number < 1 || *number > max_ranks_per_node) {
    return bad_value(text, "a number of ranks", fmt::format("1 to {}, gpu, auto, cpu", max_ranks_per_node));
  }
  return NprocRequest{Kind::count, static_cast<int>(*number)};
}

Result<int> parse_port(std::string_view text) {
  const auto number = parse_decimal(text);
  if (!number || *number < 1 || *number > 65535) return bad_value(text, "a port", "1 to 65535");
  return static_cast<int>(*number);
}

Result<int> parse_restart_count(std::string_view text) {
  const auto number = parse_decimal(text);
  if (!number || *number > max_restarts) {
    return bad_value(text, "a number of restarts", fmt::format("0 to {}", max_restarts));
  }
  return static_cast<int>(*number);
}

Result<int> parse_process_limit(std::string_view text) {
  const auto number = parse_decimal(text);
  if (!number || *number > most_processes) {
    return bad_value(text, "a number of processes", fmt::format("1 to {}, or 0 for no limit", most_processes));
  }
  return static_cast<int>(*number);
}

Result<int> parse_verbosity(std::string_view text) {
  const auto number = parse_decimal(text);
  if (!number || *number > 2) return bad_value(text, "a level", "0 to 2");
  return static_cast<int>(*number);
}

Result<Nanos> parse_duration(std::string_view text) {
  const auto duration = read_duration(text);
  if (!duration || *duration > longest_duration) return bad_value(text, "a duration", duration_forms);
  return *duration;
}

Result<std::optional<Nanos>> parse_time_limit(std::string_view text) {
  return parse_duration(text).map([](Nanos limit) { return limit == Nanos{} ? std::nullopt : std::optional(limit); });
}

Result<RankSet> parse_rank_set(std::string_view text) {
  RankSet ranks;
  for (const auto part : text::split(text, ',')) {
    if (!add_ranks(part, ranks)) {
      return bad_value(text, "a list of ranks", fmt::format("0,2,4-7; ranks from 0 to {}", max_ranks_per_node - 1));
    }
    // Kept sorted and distinct at each step, so that a list of many overlapping ranges stays small.
    std::sort(ranks.begin(), ranks.end());
    ranks.erase(std::unique(ranks.begin(), ranks.end()), ranks.end());
  }
  return ranks;
}

Result<StreamMap> parse_stream_map(std::string_view text) {
  StreamMap map;
  if (const auto all = parse_stream_set(text)) {
    map.every_rank = *all;
    return map;
  }
  for (const auto part : text::split(text, ',')) {
    const auto colon = part.find(':');
    const auto rank = parse_local_rank(part.substr(0, colon));
    const auto streams = colon == std::string_view::npos ? std::nullopt : parse_stream_set(part.substr(colon + 1));
    if (!rank || !streams) {
      return bad_value(text, "a choice of streams",
                       "0 none, 1 stdout, 2 stderr, 3 both; or by local rank, such as 0:1,12:3");
    }
    map.by_local_rank[*rank] = *streams;
  }
  return map;
}

Result<StdinRequest> parse_stdin_request(std::string_view text) {
  using Kind = StdinRequest::Kind;
  if (text == "auto") return StdinRequest{Kind::automatic, 0};
  if (text == "none") return StdinRequest{Kind::none, 0};
  if (text == "all") return StdinRequest{Kind::all, 0};
  const auto rank = parse_local_rank(text);
  if (!rank) {
    return bad_value(text, "a reader of standard input",
                     fmt::format("auto, none, all, or a rank from 0 to {}", max_ranks_per_node - 1));
  }
  return StdinRequest{Kind::one_rank, *rank};
}

Result<NodeRange> parse_node_range(std::string_view text) {
  const auto colon = text.find(':');
  const auto min = parse_decimal(text.substr(0, colon));
  const auto max = colon == std::string_view::npos ? min : parse_decimal(text.substr(colon + 1));
  constexpr long long most_nodes = 1'000'000;
  if (!min || !max || *min < 1 || *min > *max || *max > most_nodes) {
    return bad_value(text, "a number of nodes", "N or MIN:MAX, with 0 < MIN <= MAX");
  }
  return NodeRange{static_cast<int>(*min), static_cast<int>(*max)};
}

}  // namespace gpulaunch
