#include "gpulaunch/plan/job.hpp"

#include "gpulaunch/plan/job_rules.hpp"
#include "gpulaunch/plan/words.hpp"

#include <fmt/format.h>

#include <charconv>
#include <utility>

namespace gpulaunch {
namespace {

constexpr Nanos default_grace = std::chrono::seconds(15);
constexpr Nanos torchrun_grace = std::chrono::seconds(30);
constexpr Nanos default_stop_grace = std::chrono::seconds(30);

std::string python_program(const Environment& environment) {
  const auto chosen = environment.get("PYTHON_EXEC");
  return chosen && !chosen->empty() ? std::string(*chosen) : "python3";
}

bool needs_python(const Options& options) {
  if (options.job.no_python) return false;
  return options.job.module || options.job.run_path || options.mode == Mode::torchrun ||
         options.command.front().ends_with(".py");
}

void fill_command(Job& job, const Environment& environment) {
  const Options& options = job.options;
  job.runs_python = needs_python(options);
  if (job.runs_python) {
    job.command = {python_program(environment), "-u"};
    if (options.job.module) {
      job.command.emplace_back("-m");
    } else {
      job.script = options.command.front();
    }
  }
  job.command.insert(job.command.end(), options.command.begin(), options.command.end());
}

// torchrun's own variable for the grace period, in whole seconds.
Result<Nanos> torchrun_default_grace(const Environment& environment) {
  constexpr std::string_view name = "TORCH_ELASTIC_SHUTDOWN_TIMEOUT";
  const auto text = environment.get(name);
  if (!text) return torchrun_grace;
  std::int32_t seconds = -1;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), seconds);
  if (error != std::errc{} || end != text->data() + text->size() || seconds < 0) {
    return fail(ErrorKind::usage, fmt::format("{}={}: expected a whole number of seconds, 0 or more", name, *text));
  }
  return std::chrono::seconds(seconds);
}

Result<Nanos> grace_of(const Options& options, const Environment& environment) {
  if (options.failure.grace) return *options.failure.grace;
  return options.mode == Mode::torchrun ? torchrun_default_grace(environment) : Result<Nanos>(default_grace);
}

}  // namespace

Result<Job> make_job(const Options& options, const Environment& environment) {
  if (auto allowed = check_combinations(options); !allowed) return tl::unexpected(allowed.error());
  Job job;
  job.options = options;
  fill_command(job, environment);
  auto wrap_words = split_words(options.job.wrap);
  if (!wrap_words) return tl::unexpected(in_context(fmt::format("--wrap {}", options.job.wrap), wrap_words.error()));
  job.wrap_words = std::move(*wrap_words);
  const auto grace = grace_of(options, environment);
  if (!grace) return tl::unexpected(grace.error());
  job.grace = *grace;
  job.stop_grace = options.failure.stop_grace.value_or(default_stop_grace);
  job.labels_allowed = options.mode != Mode::torchrun;
  return job;
}

}  // namespace gpulaunch
