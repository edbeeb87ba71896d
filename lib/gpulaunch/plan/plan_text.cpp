#include "gpulaunch/plan/plan_text.hpp"

#include "gpulaunch/base/secrets.hpp"
#include "gpulaunch/plan/job_context.hpp"
#include "gpulaunch/plan/words.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>
#include <string_view>

namespace gpulaunch {
namespace {

class Page {
 public:
  void heading(std::string_view text) { fmt::format_to(std::back_inserter(text_), "{}\n", text); }
  void line(std::string_view name, std::string_view value) {
    fmt::format_to(std::back_inserter(text_), "  {:<12}{}\n", name, value);
  }
  void variable(std::string_view text) { fmt::format_to(std::back_inserter(text_), "    {}\n", text); }
  [[nodiscard]] std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

std::string plural(std::size_t count, std::string_view noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

// Sorted numbers as the kernel writes CPU lists: "0-3,8".
std::string number_list(const std::vector<int>& numbers) {
  std::string list;
  for (std::size_t first = 0; first < numbers.size();) {
    std::size_t last = first;
    while (last + 1 < numbers.size() && numbers[last + 1] == numbers[last] + 1) ++last;
    if (!list.empty()) list += ',';
    list += first == last ? std::to_string(numbers[first]) : fmt::format("{}-{}", numbers[first], numbers[last]);
    first = last + 1;
  }
  return list;
}

std::string describe_gpus(const GpuInventory& inventory) {
  switch (inventory.source) {
    case GpuInventory::Source::none: return "none listed";
    case GpuInventory::Source::nvml: return fmt::format("{} (NVML)", inventory.gpus.size());
    case GpuInventory::Source::proc: break;
  }
  return fmt::format("{} (/proc/driver/nvidia)", inventory.gpus.size());
}

std::string describe_cpus(const Topology& topology) {
  auto text = fmt::format("{} allowed, {} usable", number_list(topology.allowed_cpus),
                          plural(static_cast<std::size_t>(topology.usable_cores()), "core"));
  if (topology.cgroup_cpus) text += fmt::format(" (cgroup limit {:g})", *topology.cgroup_cpus);
  return text;
}

std::string_view describe(StdinSource source) {
  switch (source) {
    case StdinSource::null: return "/dev/null";
    case StdinSource::inherit: return "inherited";
    case StdinSource::copy: break;
  }
  return "copied to every rank";
}

std::string describe(const StreamPlan& stream) {
  if (stream.inherit) return "inherited";
  if (stream.file.empty()) return stream.console ? "console" : "discarded";
  return (stream.console ? "console and " : "") + quote_word(stream.file);
}

std::string describe(const EnvChange& change) {
  if (!change.value) return fmt::format("-{}", change.name);
  const auto shown = shown_value(change.name, *change.value);
  // What stands for a value is no word to paste, so it is not dressed up as one.
  const bool stands_for_it = shown != *change.value || shown == reserved_at_start;
  return fmt::format("{}={}", change.name, stands_for_it ? shown : quote_word(shown));
}

// The changes that every rank has with the same value. Both lists are sorted by name.
std::vector<EnvChange> common_changes(const Plan& plan) {
  std::vector<EnvChange> common = plan.ranks.front().env;
  const auto by_name = [](const EnvChange& a, const EnvChange& b) {
    return a.name != b.name ? a.name < b.name : a.value < b.value;
  };
  for (const auto& rank : plan.ranks) {
    std::vector<EnvChange> both;
    std::set_intersection(common.begin(), common.end(), rank.env.begin(), rank.env.end(), std::back_inserter(both),
                          by_name);
    common = std::move(both);
  }
  return common;
}

void print_job(Page& page, const Plan& plan, const Topology& topology) {
  page.heading(fmt::format("plan: {} on {}, run {}, attempt {}", plural(plan.ranks.size(), "rank"), plan.host,
                           plan.run_id, plan.attempt));
  page.line("directory", quote_word(plan.working_directory));
  page.line("master", fmt::format("{}:{}", plan.master_addr, port_text(plan.master_port)));
  page.line("GPUs", describe_gpus(topology.gpus));
  page.line("CPUs", describe_cpus(topology));
  if (!plan.attempt_dir.empty()) page.line("logs", quote_word(plan.attempt_dir));
  if (!plan.filtered_out.empty()) page.line("filtered", quote_word(plan.filtered_out));
  if (!plan.filtered_err.empty()) page.line("filtered", quote_word(plan.filtered_err));
  page.line("output", plan.terminal ? "the terminal is the rank's" : plan.labels ? "labelled" : "not labelled");
  if (plan.pty) page.line("pty", "a pseudo-terminal for each rank");
  for (const auto& notice : plan.notices) page.line("notice", notice);
}

void print_variables(Page& page, const std::vector<EnvChange>& changes, const std::vector<EnvChange>& without) {
  for (const auto& change : changes) {
    if (std::find(without.begin(), without.end(), change) == without.end()) page.variable(describe(change));
  }
}

void print_rank(Page& page, const RankPlan& rank, const std::vector<EnvChange>& common) {
  page.heading(fmt::format("rank {}", rank.rank.value()));
  page.line("run", quote_words(rank.argv));
  page.line("devices", rank.devices.empty() ? "none" : fmt::format("{}", fmt::join(rank.devices, " ")));
  page.line("CPUs", rank.cpus.empty() ? "as inherited" : number_list(rank.cpus));
  page.line("stdin", describe(rank.standard_input));
  page.line("stdout", describe(rank.out));
  page.line("stderr", describe(rank.err));
  if (!rank.error_file.empty()) page.line("error file", quote_word(rank.error_file));
  page.heading("  environment");
  print_variables(page, rank.env, common);
}

}  // namespace

std::string plan_text(const Plan& plan, const Topology& topology) {
  Page page;
  print_job(page, plan, topology);
  const auto common = plan.ranks.size() > 1 ? common_changes(plan) : std::vector<EnvChange>{};
  if (!common.empty()) page.heading("environment of every rank (- is removed)");
  print_variables(page, common, {});
  for (const auto& rank : plan.ranks) print_rank(page, rank, common);
  return page.take();
}

}  // namespace gpulaunch
