#include "catch.hpp"
#include "gpulaunch/plan/plan.hpp"
#include "samples.hpp"

#include <functional>

using namespace gpulaunch;

namespace {

RunFacts on_terminal() {
  auto facts = samples::facts();
  facts.stdin_is_terminal = facts.stdout_is_terminal = true;
  return facts;
}

RunFacts with_logs() {
  auto facts = samples::facts();
  facts.log_base = "/logs/id_abc";
  return facts;
}

Plan plan_of(const Options& options, const RunFacts& facts = samples::facts()) {
  return samples::plan_of(options, samples::cpu_machine(), samples::environment(), facts);
}

const StreamPlan relayed{.inherit = false, .console = true, .file = {}};
const StreamPlan raw{.inherit = true, .console = true, .file = {}};
const StreamPlan discarded{.inherit = false, .console = false, .file = {}};

}  // namespace

TEST_CASE("output is relayed to the console, and nothing is kept") {
  const auto plan = plan_of(samples::options(2), on_terminal());
  CHECK(plan.ranks[1].out == relayed);
  CHECK(plan.ranks[1].err == relayed);
  CHECK(plan.attempt_dir.empty());
  CHECK_FALSE(plan.terminal);
}

TEST_CASE("redirected streams go to torchrun's files alone, teed ones to the console as well") {
  auto options = samples::options(12);
  options.output.log_dir = "/logs";
  options.output.redirects.by_local_rank = {{0, StreamSet::both}, {11, StreamSet::out}};
  options.output.tee.by_local_rank = {{1, StreamSet::err}, {11, StreamSet::err}};
  const auto plan = plan_of(options, with_logs());
  CHECK(plan.attempt_dir == "/logs/id_abc/attempt_0");
  CHECK(plan.ranks[0].out == StreamPlan{false, false, "/logs/id_abc/attempt_0/0/stdout.log"});
  CHECK(plan.ranks[0].err == StreamPlan{false, false, "/logs/id_abc/attempt_0/0/stderr.log"});
  CHECK(plan.ranks[1].out == relayed);
  CHECK(plan.ranks[1].err == StreamPlan{false, true, "/logs/id_abc/attempt_0/1/stderr.log"});
  CHECK(plan.ranks[2].out == relayed);
  CHECK(plan.ranks[11].out == StreamPlan{false, false, "/logs/id_abc/attempt_0/11/stdout.log"});
  CHECK(plan.ranks[11].err == StreamPlan{false, true, "/logs/id_abc/attempt_0/11/stderr.log"});
}

TEST_CASE("a stream both redirected and teed is teed") {
  auto options = samples::options(1);
  options.output.redirects.every_rank = options.output.tee.every_rank = StreamSet::both;
  CHECK(plan_of(options, with_logs()).ranks[0].out == StreamPlan{false, true, "/logs/id_abc/attempt_0/0/stdout.log"});
}

TEST_CASE("with /dev/null as the log folder redirected output is discarded and teed output only shown") {
  auto options = samples::options(2);
  options.output.log_dir = "/dev/null";
  options.output.redirects.by_local_rank = {{0, StreamSet::both}};
  options.output.tee.by_local_rank = {{1, StreamSet::both}};
  const auto plan = plan_of(options);
  CHECK(plan.ranks[0].out == discarded);
  CHECK(plan.ranks[1].out == relayed);
}

TEST_CASE("the filtered files stand in the attempt's folder") {
  auto options = samples::options(2);
  options.output.duplicate_stdout_filters = {"loss"};
  auto plan = plan_of(options, with_logs());
  CHECK(plan.filtered_out == "/logs/id_abc/attempt_0/filtered_stdout.log");
  CHECK(plan.filtered_err.empty());
  options.output.duplicate_stderr_filters = {"warn"};
  CHECK(plan_of(options, with_logs()).filtered_err == "/logs/id_abc/attempt_0/filtered_stderr.log");
}

TEST_CASE("files whose place nobody chose are named in a notice") {
  auto options = samples::options(2);
  options.output.tee.every_rank = StreamSet::both;
  const auto plan = plan_of(options, with_logs());
  REQUIRE(plan.notices.size() == 1);
  CHECK_THAT(plan.notices[0], Catch::Contains("/logs/id_abc") && Catch::Contains("--log-dir"));
  options.output.log_dir = "/logs";
  CHECK(plan_of(options, with_logs()).notices.empty());
}

TEST_CASE("files without a folder for them are a mistake of the launcher, never lost output") {
  auto options = samples::options(2);
  options.output.redirects.every_rank = StreamSet::both;
  const auto environment = samples::environment();
  const auto plan =
      make_plan(make_job(options, environment).value(), samples::cpu_machine(), environment, samples::facts());
  REQUIRE_FALSE(plan.has_value());
  CHECK(plan.error().kind == ErrorKind::internal);
}

TEST_CASE("the console shows only the ranks of the filter, and files are written all the same") {
  auto options = samples::options(3);
  options.output.local_ranks_filter = {1};
  options.output.tee.by_local_rank = {{2, StreamSet::out}};
  const auto plan = plan_of(options, with_logs());
  CHECK(plan.ranks[0].out == discarded);
  CHECK(plan.ranks[1].out == relayed);
  CHECK(plan.ranks[2].out == StreamPlan{false, false, "/logs/id_abc/attempt_0/2/stdout.log"});
}

TEST_CASE("raw descriptors are inherited by every rank that the filter shows") {
  auto options = samples::options(2);
  options.output.stdio = StdioMode::inherit;
  options.output.local_ranks_filter = {0};
  const auto plan = plan_of(options);
  CHECK(plan.ranks[0].out == raw);
  CHECK(plan.ranks[0].err == raw);
  CHECK(plan.ranks[1].err == discarded);
  CHECK_FALSE(plan.labels);
}

TEST_CASE("one rank on a terminal has the terminal") {
  const auto plan = plan_of(samples::options(1), on_terminal());
  CHECK(plan.terminal);
  CHECK(plan.ranks[0].out == raw);
  CHECK(plan.ranks[0].err == raw);
  CHECK(plan.ranks[0].standard_input == StdinSource::inherit);
}

TEST_CASE("one rank does not get the terminal where it is none or where its output is to be read") {
  auto facts = on_terminal();
  facts.stdin_is_terminal = false;
  CHECK_FALSE(plan_of(samples::options(1), facts).terminal);
  facts = on_terminal();
  facts.stdout_is_terminal = false;
  CHECK_FALSE(plan_of(samples::options(1), facts).terminal);

  using Change = std::function<void(OutputOptions&)>;
  const std::vector<Change> readers{
      [](auto& output) { output.pty = true; },
      [](auto& output) { output.collapse = true; },
      [](auto& output) { output.timestamps = true; },
      [](auto& output) { output.label = When::always; },
      [](auto& output) { output.label_format = "{rank}"; },
      [](auto& output) { output.log_file = "all.log"; },
      [](auto& output) { output.tee.every_rank = StreamSet::both; },
      [](auto& output) { output.redirects.every_rank = StreamSet::out; },
      [](auto& output) { output.standard_input.kind = StdinRequest::Kind::none; },
  };
  facts = on_terminal();
  facts.log_base = "/logs/id_abc";
  for (const auto& change : readers) {
    auto options = samples::options(1);
    change(options.output);
    const auto plan = plan_of(options, facts);
    CHECK_FALSE(plan.terminal);
    CHECK_FALSE(plan.ranks[0].out.inherit);
  }
}

TEST_CASE("standard input is the only rank's, else nobody's, else whose it was asked to be") {
  using Kind = StdinRequest::Kind;
  const auto sources = [](int ranks, StdinRequest request) {
    auto options = samples::options(ranks);
    options.output.standard_input = request;
    std::vector<StdinSource> found;
    for (const auto& rank : plan_of(options).ranks) found.push_back(rank.standard_input);
    return found;
  };
  using Sources = std::vector<StdinSource>;
  CHECK(sources(1, {}) == Sources{StdinSource::inherit});
  CHECK(sources(2, {}) == Sources{StdinSource::null, StdinSource::null});
  CHECK(sources(1, {Kind::none, 0}) == Sources{StdinSource::null});
  CHECK(sources(1, {Kind::all, 0}) == Sources{StdinSource::inherit});
  CHECK(sources(2, {Kind::all, 0}) == Sources{StdinSource::copy, StdinSource::copy});
  CHECK(sources(2, {Kind::one_rank, 1}) == Sources{StdinSource::null, StdinSource::inherit});
}

TEST_CASE("labels are shown with several ranks, when asked for, or when their form was given") {
  auto options = samples::options(2);
  CHECK(plan_of(options).labels);
  options.output.label = When::never;
  CHECK_FALSE(plan_of(options).labels);
  options.job.nproc.count = 1;
  options.output.label = When::automatic;
  CHECK_FALSE(plan_of(options).labels);
  options.output.label_format = "{host}";
  CHECK(plan_of(options).labels);
  options.output.label_format.clear();
  options.output.label = When::always;
  CHECK(plan_of(options).labels);
}

TEST_CASE("called as torchrun, labels are shown only when asked for") {
  auto options = samples::options(2);
  options.mode = Mode::torchrun;
  CHECK_FALSE(plan_of(options).labels);
  options.output.label_format = "[rank${rank}]: ";
  CHECK(plan_of(options).labels);
}
