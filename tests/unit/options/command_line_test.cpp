#include "gpulaunch/options/command_line.hpp"

#include "catch.hpp"
#include "parse.hpp"

#include <fmt/format.h>

using namespace gpulaunch;
using namespace gpulaunch::test;
using namespace std::chrono_literals;

TEST_CASE("without options the defaults hold and the words are the command") {
  const auto parsed = parse({"./train", "--lr", "0.1"});
  REQUIRE(parsed);
  CHECK(parsed->verb == Verb::run);
  const auto& options = parsed->options;
  CHECK(options.mode == Mode::gpulaunch);
  CHECK(options.command == Words{"./train", "--lr", "0.1"});
  CHECK(options.job.nproc == NprocRequest{});
  CHECK(options.job.run_id.empty());
  CHECK(options.job.role == "default");
  CHECK_FALSE(options.job.master_port);
  CHECK(options.output.redirects.empty());
  CHECK_FALSE(options.failure.grace);
  CHECK(options.failure.linger == 500ms);
  CHECK(options.report.dry_run == DryRun::off);
  CHECK(options.notices.empty());
}

TEST_CASE("everything from the program on reaches it byte for byte") {
  const Words command{"prog", "--", "--nproc=9", "-h", "", "a b", "--no-such", "$$", "${local_rank}", "\xff\n", "--"};
  auto words = Words{"-n", "2"};
  words.insert(words.end(), command.begin(), command.end());
  const auto parsed = parse(words);
  REQUIRE(parsed);
  CHECK(parsed->options.command == command);
  CHECK(parsed->options.job.nproc.count == 2);
}

TEST_CASE("two dashes end the options and are not part of the command") {
  const auto parsed = parse({"-n2", "--", "--odd-name", "--", "-x"});
  REQUIRE(parsed);
  CHECK(parsed->options.command == Words{"--odd-name", "--", "-x"});
  CHECK(parse({"--", "guard"})->options.command == Words{"guard"});
}

TEST_CASE("a lone dash is a program, not an option") { CHECK(parse({"-n", "2", "-"})->options.command == Words{"-"}); }

TEST_CASE("a command line without a program is refused with the usage") {
  for (const auto& words : {Words{}, Words{"-n", "2"}, Words{"--"}, Words{"--pty", "--"}}) {
    const auto parsed = parse(words);
    REQUIRE_FALSE(parsed);
    CHECK(parsed.error().kind == ErrorKind::usage);
    CHECK(parsed.error().message ==
          "no PROGRAM to run (usage: gpulaunch [options] PROGRAM [args...]; gpulaunch --help)");
  }
  CHECK(parse({"-m"}).error().message.starts_with("no MODULE to run"));
  CHECK(parse({}, {.program = "torchrun"}).error().message.find("usage: torchrun [options]") != std::string::npos);
  CHECK(parse({""}).error().message == "PROGRAM is an empty word");
}

TEST_CASE("help, version, man page and completions are asked for by flags before the program alone") {
  CHECK(parse({"-h"})->verb == Verb::short_help);
  CHECK(parse({"--help"})->verb == Verb::long_help);
  CHECK(parse({"-V"})->verb == Verb::version);
  CHECK(parse({"--version"})->verb == Verb::version);
  CHECK(parse({"--print-man"})->verb == Verb::man_page);
  CHECK(parse({"-n", "2", "-vh"})->verb == Verb::short_help);
  CHECK(parse({"prog", "--help"})->verb == Verb::run);
  const auto completion = parse({"--print-completion", "zsh"});
  CHECK(completion->verb == Verb::completion);
  CHECK(completion->completion_shell == "zsh");
  CHECK(parse({"--print_completion=fish", "prog"})->completion_shell == "fish");
}

TEST_CASE("help is given whatever is wrong after it or with the values before it") {
  CHECK(parse({"--help", "--no-such-flag"})->verb == Verb::long_help);
  CHECK(parse({"--nproc", "many", "--help"})->verb == Verb::long_help);
}

TEST_CASE("verbs of later versions are refused as the first word alone") {
  for (const std::string verb : {"map", "check", "ps"}) {
    const auto refused = parse({verb, "x"});
    REQUIRE_FALSE(refused);
    CHECK(refused.error().message ==
          fmt::format("'{0}' is not available in this version; to run a program of that name "
                      "write ./{0} or -- {0}",
                      verb));
    CHECK(exit_status_of(refused.error().kind) == 2);
    CHECK(parse({"-n", "1", verb})->options.command == Words{verb});
    CHECK(parse({"./" + verb})->options.command == Words{"./" + verb});
    CHECK(parse({verb}, {.program = "torchrun"})->options.command == Words{verb});
  }
}

TEST_CASE("each option of a job lands in its field") {
  const auto options = options_of({"-n", "4", "--oversubscribe", "--local-rank-arg", "--expand", "--wrap", "gdb --args",
                                   "--wrap-ranks", "0,2-3", "--devices", "isolate", "-m"});
  CHECK(options.job.nproc == NprocRequest{NprocRequest::Kind::count, 4});
  CHECK(options.job.oversubscribe);
  CHECK(options.job.local_rank_arg);
  CHECK(options.job.expand);
  CHECK(options.job.wrap == "gdb --args");
  CHECK(options.job.wrap_ranks == RankSet{0, 2, 3});
  CHECK(options.job.devices == DeviceMode::isolate);
  CHECK(options.job.module);
}

TEST_CASE("each option of the output lands in its field") {
  const auto output = options_of({"--label",  "always",       "--label-format",
                                  "<{rank}>", "--timestamps", "--stdio",
                                  "inherit",  "--stdin",      "2",
                                  "--log",    "all.log",      "--log-dir",
                                  "logs",     "-r",           "1",
                                  "-t",       "0:3,12:1",     "--local-ranks-filter",
                                  "1",        "--collapse",   "--pty",
                                  "--color",  "never"})
                          .output;
  CHECK(output.label == When::always);
  CHECK(output.label_format == "<{rank}>");
  CHECK(output.timestamps);
  CHECK(output.stdio == StdioMode::inherit);
  CHECK(output.standard_input == StdinRequest{StdinRequest::Kind::one_rank, 2});
  CHECK(output.log_file == "all.log");
  CHECK(output.log_dir == "logs");
  CHECK(output.redirects.every_rank == StreamSet::out);
  CHECK(output.tee.of(LocalRank(12)) == StreamSet::out);
  CHECK(output.local_ranks_filter == RankSet{1});
  CHECK(output.collapse);
  CHECK(output.pty);
  CHECK(output.color == When::never);
}

TEST_CASE("each option for failures lands in its field") {
  const auto failure = options_of({"--grace", "10s", "--stop-grace", "1m", "--linger", "0", "--timeout", "1h30m",
                                   "--max-restarts", "3", "--restart-delay", "250ms", "--on-failure", "continue",
                                   "--signal-scope", "group", "--on-signal", "USR1=stop"})
                           .failure;
  CHECK(failure.grace == Nanos(10s));
  CHECK(failure.stop_grace == Nanos(1min));
  CHECK(failure.linger == 0ms);
  CHECK(failure.timeout == Nanos(90min));
  CHECK(failure.max_restarts == 3);
  CHECK(failure.restart_delay == 250ms);
  CHECK(failure.on_failure == OnFailure::keep_going);
  CHECK(failure.signal_scope == SignalScope::group);
  CHECK(failure.on_signal == std::vector<std::pair<int, SignalPolicy>>{{10, SignalPolicy::stop}});
}

TEST_CASE("a timeout of 0 is no limit") {
  CHECK_FALSE(options_of({"--timeout", "5s", "--timeout", "0"}).failure.timeout);
  CHECK(options_of({"--grace", "0"}).failure.grace == Nanos(0));
}

TEST_CASE("each option for reports lands in its field") {
  const auto report = options_of({"--events", "fd:7", "--junit", "out.xml", "--dry-run=json"}).report;
  CHECK(report.events == "fd:7");
  CHECK(report.junit == "out.xml");
  CHECK(report.dry_run == DryRun::json);
  CHECK(options_of({"--dry-run"}).report.dry_run == DryRun::text);
  CHECK(parse({"--dry-run", "json"})->options.command == Words{"json"});
}

TEST_CASE("verbosity adds up, ends at two, and is undone by quiet") {
  CHECK(options_of({}).report.verbosity == 0);
  CHECK(options_of({"-v"}).report.verbosity == 1);
  CHECK(options_of({"-vv"}).report.verbosity == 2);
  CHECK(options_of({"-v", "--verbose", "-v"}).report.verbosity == 2);
  CHECK(options_of({"--verbose=2"}).report.verbosity == 2);
  CHECK(options_of({"-v", "-q"}).report.verbosity == -1);
  CHECK(options_of({"-q", "-v"}).report.verbosity == 1);
}

TEST_CASE("assignments and files of variables keep the order given") {
  const World world{.files = {{"vars", "A=2\nB='x y'\n"}}};
  const auto environment =
      options_of({"--env", "A=1", "--env-file", "vars", "--env=C=k=v", "--env", "D="}, world).environment;
  CHECK(environment.assignments ==
        std::vector<EnvAssignment>{{"A", "1"}, {"A", "2"}, {"B", "x y"}, {"C", "k=v"}, {"D", ""}});
}

TEST_CASE("lists add up when they are repeated") {
  const auto environment = options_of({"--keep-env", "SLURM_*", "--keep-env", "A,B?", "--compat", "jax,mpi", "--compat",
                                       "tf", "--chdir", "/x"})
                               .environment;
  CHECK(environment.keep == std::vector<std::string>{"SLURM_*", "A", "B?"});
  CHECK(environment.compat == std::vector<CompatFamily>{CompatFamily::jax, CompatFamily::mpi, CompatFamily::tf});
  CHECK(environment.chdir == "/x");
}

TEST_CASE("a signal has one policy, the last one given") {
  const auto policies =
      options_of({"--on-signal", "USR1=stop", "--on-signal", "HUP=ignore", "--on-signal", "10=forward"})
          .failure.on_signal;
  CHECK(policies == std::vector<std::pair<int, SignalPolicy>>{{1, SignalPolicy::ignore}, {10, SignalPolicy::forward}});
}

TEST_CASE("values that a parser of options could trip over arrive unchanged") {
  for (const std::string value : {"[[x]]", "[a,b]", "{}", "=x", "%%", "a\\b", "'q'", "\xc3\xa9", "a,b"}) {
    CHECK(options_of({"--role=" + value}).job.role == value);
    CHECK(options_of({"--role", value}).job.role == value);
  }
  CHECK(options_of({"--wrap=--odd"}).job.wrap == "--odd");
}
