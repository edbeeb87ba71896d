#include "gpulaunch/plan/job.hpp"

#include "catch.hpp"
#include "samples.hpp"

#include <functional>

using namespace gpulaunch;
using Words = std::vector<std::string>;

namespace {

Words command_of(const Options& options, const Environment& environment = {}) {
  return make_job(options, environment).value().command;
}

Options torchrun(std::vector<std::string> command) {
  auto options = samples::options(1, std::move(command));
  options.mode = Mode::torchrun;
  return options;
}

std::string error_of(const Options& options, const Environment& environment = {}) {
  const auto job = make_job(options, environment);
  return job ? "accepted" : job.error().message;
}

}  // namespace

TEST_CASE("a program is run as it is, a .py file by python3 -u") {
  CHECK(command_of(samples::options(1, {"./train", "--lr", "1"})) == Words{"./train", "--lr", "1"});
  CHECK(command_of(samples::options(1, {"train.py", "-u"})) == Words{"python3", "-u", "train.py", "-u"});
  const auto job = make_job(samples::options(1, {"dir/train.py"}), {}).value();
  CHECK(job.runs_python);
  CHECK(job.script == "dir/train.py");
  CHECK_FALSE(make_job(samples::options(1, {"python3", "train.py"}), {}).value().runs_python);
}

TEST_CASE("PYTHON_EXEC chooses the interpreter, and an empty one does not") {
  const auto options = samples::options(1, {"train.py"});
  CHECK(command_of(options, samples::environment({{"PYTHON_EXEC", "/opt/py"}}))[0] == "/opt/py");
  CHECK(command_of(options, samples::environment({{"PYTHON_EXEC", ""}}))[0] == "python3");
}

TEST_CASE("a module runs under python -u -m and is no script to look for") {
  auto options = samples::options(1, {"pkg.train", "x"});
  options.job.module = true;
  const auto job = make_job(options, {}).value();
  CHECK(job.command == Words{"python3", "-u", "-m", "pkg.train", "x"});
  CHECK(job.script.empty());
}

TEST_CASE("the option --no-python runs even a .py file as it is, and excludes a module") {
  auto options = samples::options(1, {"./train.py"});
  options.job.no_python = true;
  CHECK(command_of(options) == Words{"./train.py"});
  CHECK(make_job(options, {}).value().script.empty());
  options.job.module = true;
  CHECK_THAT(error_of(options), Catch::Contains("--no-python") && Catch::Contains("-m/--module"));
}

TEST_CASE("called as torchrun, everything runs under python unless --no-python") {
  auto options = torchrun({"train"});
  CHECK(command_of(options) == Words{"python3", "-u", "train"});
  options.job.no_python = true;
  CHECK(command_of(options) == Words{"train"});
}

TEST_CASE("the grace period is 15 s, and called as torchrun 30 s or what its variable says") {
  using namespace std::chrono_literals;
  CHECK(make_job(samples::options(1), {}).value().grace == 15s);
  CHECK(make_job(torchrun({"x"}), {}).value().grace == 30s);
  const auto seven = samples::environment({{"TORCH_ELASTIC_SHUTDOWN_TIMEOUT", "7"}});
  CHECK(make_job(torchrun({"x"}), seven).value().grace == 7s);
  CHECK(make_job(samples::options(1), seven).value().grace == 15s);
  auto options = torchrun({"x"});
  options.failure.grace = 0s;
  CHECK(make_job(options, seven).value().grace == 0s);
}

TEST_CASE("a bad grace variable of torchrun is named, with what is allowed") {
  const auto text = GENERATE("abc", "", "-1", "1.5", "99999999999");
  const auto environment = samples::environment({{"TORCH_ELASTIC_SHUTDOWN_TIMEOUT", text}});
  CHECK_THAT(error_of(torchrun({"x"}), environment),
             Catch::Contains("TORCH_ELASTIC_SHUTDOWN_TIMEOUT=" + std::string(text) + ": expected a whole number"));
}

TEST_CASE("after a signal from outside the ranks have 30 s unless told otherwise") {
  using namespace std::chrono_literals;
  auto options = samples::options(1);
  CHECK(make_job(options, {}).value().stop_grace == 30s);
  options.failure.stop_grace = 2s;
  CHECK(make_job(options, {}).value().stop_grace == 2s);
}

TEST_CASE("labels are allowed except when called as torchrun") {
  CHECK(make_job(samples::options(4), {}).value().labels_allowed);
  CHECK_FALSE(make_job(torchrun({"x"}), {}).value().labels_allowed);
}

TEST_CASE("the option --wrap is split into words once, and its bad quotes are reported with the flag") {
  auto options = samples::options(1);
  options.job.wrap = "gdb -ex 'run now' --args";
  CHECK(make_job(options, {}).value().wrap_words == Words{"gdb", "-ex", "run now", "--args"});
  options.job.wrap = "gdb 'oops";
  CHECK(error_of(options) == "--wrap gdb 'oops: unbalanced ' quote");
}

TEST_CASE("the option --wrap-ranks without --wrap is refused") {
  auto options = samples::options(4);
  options.job.wrap_ranks = {0};
  CHECK_THAT(error_of(options), Catch::Contains("--wrap-ranks") && Catch::Contains("--wrap is given"));
}

TEST_CASE("a job without a program is refused") {
  CHECK_THAT(error_of(samples::options(1, {})), Catch::Contains("PROGRAM"));
}

TEST_CASE("inherited descriptors exclude everything that reads the output") {
  using Change = std::function<void(OutputOptions&)>;
  const std::vector<std::pair<std::string, Change>> readers{
      {"--tee", [](auto& output) { output.tee.every_rank = StreamSet::both; }},
      {"--redirects", [](auto& output) { output.redirects.by_local_rank[0] = StreamSet::err; }},
      {"--log", [](auto& output) { output.log_file = "all.log"; }},
      {"--pty", [](auto& output) { output.pty = true; }},
      {"--collapse", [](auto& output) { output.collapse = true; }},
      {"--timestamps", [](auto& output) { output.timestamps = true; }},
      {"--label always", [](auto& output) { output.label = When::always; }},
      {"--label-format", [](auto& output) { output.label_format = "{rank}"; }},
      {"--duplicate-stdout-filters", [](auto& output) { output.duplicate_stdout_filters = {"x"}; }},
      {"--duplicate-stderr-filters", [](auto& output) { output.duplicate_stderr_filters = {"x"}; }},
  };
  for (const auto& [flag, change] : readers) {
    auto options = samples::options(2);
    change(options.output);
    CHECK(error_of(options) == "accepted");
    options.output.stdio = StdioMode::inherit;
    CHECK_THAT(error_of(options), Catch::Contains("--stdio inherit and " + flag + " exclude"));
  }
}

TEST_CASE("inherited descriptors show no progress") {
  auto options = samples::options(2);
  options.output.stdio = StdioMode::inherit;
  options.failure.hang_timeout = std::chrono::seconds(1);
  CHECK_THAT(error_of(options), Catch::Contains("--stdio inherit and --hang-timeout exclude"));
  options.failure = {};
  options.failure.progress_regex = "x";
  options.failure.max_restarts = 1;
  CHECK_THAT(error_of(options), Catch::Contains("--stdio inherit and --progress-regex exclude"));
}

TEST_CASE("a pattern of progress needs somebody who wants to know of it") {
  auto options = samples::options(2);
  options.failure.progress_regex = "x";
  CHECK_THAT(error_of(options), Catch::Contains("--progress-regex") && Catch::Contains("--hang-timeout"));
  options.failure.max_restarts = 1;
  CHECK(error_of(options) == "accepted");
  options.failure.max_restarts = 0;
  options.failure.hang_timeout = std::chrono::seconds(1);
  CHECK(error_of(options) == "accepted");
}

TEST_CASE("one signal cannot ask for a dump and do something else") {
  auto options = samples::options(2);
  options.failure.on_signal = {{10, SignalPolicy::stop}};
  options.failure.dump_on = 12;
  CHECK(error_of(options) == "accepted");
  options.failure.dump_on = 10;
  CHECK_THAT(error_of(options), Catch::Contains("--dump-on and --on-signal") && Catch::Contains("SIGUSR1"));
}

TEST_CASE("the option --pty excludes --stdin all, and allows one rank to read") {
  auto options = samples::options(2);
  options.output.pty = true;
  options.output.standard_input = {StdinRequest::Kind::one_rank, 1};
  CHECK(error_of(options) == "accepted");
  options.output.standard_input = {StdinRequest::Kind::all, 0};
  CHECK_THAT(error_of(options), Catch::Contains("--pty and --stdin all"));
}
