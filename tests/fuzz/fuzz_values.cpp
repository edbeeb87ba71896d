// The first byte chooses a value parser, the rest is its text. A parser may refuse any text, but only as a usage error
// of one line; it never crashes, and what it accepts keeps its promise (ranges, order).
#include "gpulaunch/options/value_parsers.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

namespace {

using namespace gpulaunch;

void require(bool holds) {
  if (!holds) std::abort();
}

template <class T>
void check_error(const Result<T>& result) {
  if (result) return;
  require(result.error().kind == ErrorKind::usage);
  require(result.error().message.find('\n') == std::string::npos);
}

template <auto Parse>
void run(std::string_view text) {
  check_error(Parse(text));
}

void run_nproc(std::string_view text) {
  const auto parsed = parse_nproc(text);
  check_error(parsed);
  require(!parsed || (parsed->count >= 1 && parsed->count <= max_ranks_per_node));
}

void run_duration(std::string_view text) {
  const auto parsed = parse_duration(text);
  check_error(parsed);
  require(!parsed || (*parsed >= Nanos(0) && *parsed <= std::chrono::hours(24 * 365)));
}

void run_rank_set(std::string_view text) {
  const auto parsed = parse_rank_set(text);
  check_error(parsed);
  if (!parsed) return;
  require(!parsed->empty() && parsed->front() >= 0 && parsed->back() < max_ranks_per_node);
  require(std::adjacent_find(parsed->begin(), parsed->end(), std::greater_equal<>()) == parsed->end());
}

constexpr void (*parsers[])(std::string_view) = {run_nproc,
                                                 run_duration,
                                                 run_rank_set,
                                                 run<parse_port>,
                                                 run<parse_restart_count>,
                                                 run<parse_verbosity>,
                                                 run<parse_bool>,
                                                 run<parse_time_limit>,
                                                 run<parse_stream_map>,
                                                 run<parse_stdin_request>,
                                                 run<parse_when>,
                                                 run<parse_compat>,
                                                 run<parse_signal_policy>,
                                                 run<parse_signal_list>,
                                                 run<parse_env_assignment>,
                                                 run<parse_env_file>,
                                                 run<parse_name_globs>,
                                                 run<parse_label_format>,
                                                 run<parse_prefix_template>,
                                                 run<parse_filter_list>,
                                                 run<parse_event_target>,
                                                 run<parse_text>,
                                                 run<parse_run_id>,
                                                 run<parse_node_range>,
                                                 run<parse_endpoint>,
                                                 run<parse_settings>,
                                                 run<parse_dry_run>};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  parsers[data[0] % std::size(parsers)](text);
  return 0;
}
