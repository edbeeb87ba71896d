#include "gpulaunch/options/value_parsers.hpp"

#include "catch.hpp"
#include "gpulaunch/base/clock.hpp"

using namespace gpulaunch;
using namespace std::chrono_literals;

namespace {

// Refused as usage, in one line that begins with the text between quotes and names what is allowed.
template <class T>
bool refused(const Result<T>& result, std::string_view text) {
  if (result) return false;
  const auto& message = result.error().message;
  return result.error().kind == ErrorKind::usage && message.starts_with(in_quotes(text)) &&
         message.find(" (allowed: ") != std::string::npos && message.find('\n') == std::string::npos;
}

using Texts = std::initializer_list<const char*>;

}  // namespace

TEST_CASE("a number of ranks is from 1 to 1024, or what to count") {
  CHECK(parse_nproc("1")->count == 1);
  CHECK(parse_nproc("1024")->count == 1024);
  CHECK(parse_nproc("08")->count == 8);
  CHECK(parse_nproc("gpu")->kind == NprocRequest::Kind::gpu);
  CHECK(parse_nproc("cpu")->kind == NprocRequest::Kind::cpu);
  CHECK(parse_nproc("auto")->kind == NprocRequest::Kind::automatic);
  for (const auto* bad : Texts{"", "0", "-1", "+1", "1025", "0x4", "4.0", " 4", "4 ", "1e3", "xpu", "GPU", "٤",
                               "99999999999999999999999"}) {
    CHECK(refused(parse_nproc(bad), bad));
  }
  CHECK(parse_nproc("0x4").error().message == "'0x4' is not a number of ranks (allowed: 1 to 1024, gpu, auto, cpu)");
}

TEST_CASE("ports, restarts and levels have their ranges") {
  CHECK(*parse_port("1") == 1);
  CHECK(*parse_port("65535") == 65535);
  for (const auto* bad : Texts{"0", "65536", "-1", "http", "", "80 "}) CHECK(refused(parse_port(bad), bad));
  CHECK(*parse_restart_count("0") == 0);
  CHECK(*parse_restart_count("1000000") == 1'000'000);
  for (const auto* bad : Texts{"-1", "1000001", "x", ""}) CHECK(refused(parse_restart_count(bad), bad));
  CHECK(*parse_verbosity("2") == 2);
  CHECK(refused(parse_verbosity("3"), "3"));
}

TEST_CASE("durations are numbers with units, from long to short, or bare seconds") {
  CHECK(*parse_duration("0") == 0s);
  CHECK(*parse_duration("10") == 10s);
  CHECK(*parse_duration("0.25") == 250ms);
  CHECK(*parse_duration(".5s") == 500ms);
  CHECK(*parse_duration("500ms") == 500ms);
  CHECK(*parse_duration("10s") == 10s);
  CHECK(*parse_duration("2m") == 2min);
  CHECK(*parse_duration("1h30m") == 90min);
  CHECK(*parse_duration("1.5s") == 1500ms);
  CHECK(*parse_duration("1d2h3m4s5ms") == 26h + 3min + 4s + 5ms);
  CHECK(*parse_duration("365d") == 8760h);
  CHECK(*parse_duration("0.000000001s") == 1ns);
  for (const auto* bad : Texts{"",
                               "s",
                               "-1s",
                               "+1s",
                               "1 s",
                               "1S",
                               "1x",
                               "1h30",
                               "30m1h",
                               "1s1s",
                               "1..5s",
                               "1.s",
                               ".",
                               "1e3",
                               "0x10",
                               "inf",
                               "nan",
                               "366d",
                               "8760h1ms",
                               "99999999999999999999s",
                               "1.0000000001s",
                               "9999999999999h",
                               "1ms2s",
                               "1us"}) {
    CHECK(refused(parse_duration(bad), bad));
  }
}

TEST_CASE("what is written for a duration is read back as the same") {
  for (const Nanos duration :
       {Nanos(0), Nanos(250ms), Nanos(1500ms), Nanos(15s), Nanos(2min), Nanos(90min), Nanos(61s)}) {
    CHECK(*parse_duration(format_duration(duration)) == duration);
  }
}

TEST_CASE("a time limit of 0 is none") {
  CHECK(*parse_time_limit("0s") == std::nullopt);
  CHECK(*parse_time_limit("1s") == Nanos(1s));
  CHECK(refused(parse_time_limit("x"), "x"));
}

TEST_CASE("a set of ranks is sorted and distinct") {
  CHECK(*parse_rank_set("0") == RankSet{0});
  CHECK(*parse_rank_set("0,2,4-7") == RankSet{0, 2, 4, 5, 6, 7});
  CHECK(*parse_rank_set("7,1-3,2") == RankSet{1, 2, 3, 7});
  CHECK(parse_rank_set("0-1023")->size() == 1024);
  for (const auto* bad : Texts{"", ",", "1,", "-1", "1-", "3-1", "1024", "0-99999999", "a", "1;2", "1 ,2", "1-2-3"}) {
    CHECK(refused(parse_rank_set(bad), bad));
  }
}

TEST_CASE("streams are chosen for all ranks or by local rank, of any number of digits") {
  CHECK(parse_stream_map("3")->every_rank == StreamSet::both);
  CHECK(parse_stream_map("0")->empty());
  const auto map = *parse_stream_map("0:1,12:3");
  CHECK(map.of(LocalRank(0)) == StreamSet::out);
  CHECK(map.of(LocalRank(1)) == StreamSet::none);
  CHECK(map.of(LocalRank(12)) == StreamSet::both);
  CHECK(parse_stream_map("1:1,1:2")->of(LocalRank(1)) == StreamSet::err);
  for (const auto* bad : Texts{"", "4", "-1", "33", "0:4", "0:", ":1", "0:1,", "a:1", "0:1:2", "1024:1", "0=1"}) {
    CHECK(refused(parse_stream_map(bad), bad));
  }
}

TEST_CASE("standard input goes to nobody, all, or one rank") {
  using Kind = StdinRequest::Kind;
  CHECK(parse_stdin_request("auto")->kind == Kind::automatic);
  CHECK(parse_stdin_request("none")->kind == Kind::none);
  CHECK(parse_stdin_request("all")->kind == Kind::all);
  CHECK(*parse_stdin_request("3") == StdinRequest{Kind::one_rank, 3});
  for (const auto* bad : Texts{"", "-1", "1024", "ALL", "0,1"}) CHECK(refused(parse_stdin_request(bad), bad));
}

TEST_CASE("choices are exact words, and the error lists them") {
  CHECK(*parse_when("always") == When::always);
  CHECK(*parse_device_mode("none") == DeviceMode::none);
  CHECK(*parse_stdio_mode("relay") == StdioMode::relay);
  CHECK(*parse_on_failure("continue") == OnFailure::keep_going);
  CHECK(*parse_signal_scope("leader") == SignalScope::leader);
  CHECK(*parse_dry_run("json") == DryRun::json);
  CHECK(*parse_shell_name("tcsh") == "tcsh");
  CHECK(parse_when("maybe").error().message == "'maybe' is not a time (allowed: auto, always, never)");
  for (const auto* bad : Texts{"", "Always", "x"}) {
    CHECK(refused(parse_when(bad), bad));
    CHECK(refused(parse_device_mode(bad), bad));
    CHECK(refused(parse_stdio_mode(bad), bad));
    CHECK(refused(parse_on_failure(bad), bad));
    CHECK(refused(parse_signal_scope(bad), bad));
    CHECK(refused(parse_dry_run(bad), bad));
    CHECK(refused(parse_shell_name(bad), bad));
    CHECK(refused(parse_compat(bad), bad));
    CHECK(refused(parse_bool(bad), bad));
  }
}

TEST_CASE("yes and no are 1, 0, true and false") {
  for (const auto* yes : Texts{"1", "true", "True", "TRUE"}) CHECK(*parse_bool(yes));
  for (const auto* no : Texts{"0", "false", "False"}) CHECK_FALSE(*parse_bool(no));
  for (const auto* bad : Texts{"2", "yes", "on", "", " 1"}) CHECK(refused(parse_bool(bad), bad));
}

TEST_CASE("families of variables are named once each") {
  CHECK(*parse_compat("jax,mpi,jax") == std::vector<CompatFamily>{CompatFamily::jax, CompatFamily::mpi});
  CHECK(refused(parse_compat("jax,"), ""));
  CHECK(parse_compat("jaxx").error().message ==
        "'jaxx' is not a family of variables (allowed: jax, mpi, horovod, slurm, tf)");
}

TEST_CASE("a signal policy names a signal that can be caught") {
  CHECK(*parse_signal_policy("USR1=stop") == std::pair(10, SignalPolicy::stop));
  CHECK(*parse_signal_policy("sigterm=forward") == std::pair(15, SignalPolicy::forward));
  CHECK(*parse_signal_policy("34=ignore") == std::pair(34, SignalPolicy::ignore));
  CHECK(refused(parse_signal_policy("USR1"), "USR1"));
  CHECK(refused(parse_signal_policy("USR1=die"), "USR1=die"));
  CHECK(refused(parse_signal_policy("FOO=stop"), "FOO"));
  CHECK(refused(parse_signal_policy("=stop"), ""));
  for (const auto* bad : Texts{"KILL", "STOP", "CHLD", "SEGV", "9", "CONT", "TSTP", "WINCH"}) {
    CHECK(parse_signal_policy(std::string(bad) + "=ignore").error().message.find("can be handled") !=
          std::string::npos);
  }
  CHECK(*parse_signal_list("SIGTERM,SIGINT, HUP") == std::vector<int>{15, 2, 1});
  CHECK(refused(parse_signal_list("SIGTERM,"), ""));
}

TEST_CASE("a signal that asks for a dump means nothing else yet") {
  CHECK(*parse_dump_signal("USR1") == 10);
  CHECK(*parse_dump_signal("SIGQUIT") == 3);
  CHECK(*parse_dump_signal("RTMIN+3") == 37);
  for (const auto* bad :
       Texts{"KILL", "STOP", "INT", "TERM", "HUP", "CHLD", "SEGV", "CONT", "TSTP", "WINCH", "", "FOO", "65"}) {
    CHECK(refused(parse_dump_signal(bad), bad));
  }
  CHECK(parse_dump_signal("TERM").error().message ==
        "'TERM' is not a signal that is free to ask for a dump (allowed: USR1, USR2, QUIT, RTMIN+3 and the like)");
}

TEST_CASE("a pattern of progress is one that RE2 takes") {
  CHECK(*parse_progress_pattern("step (\\d+)") == "step (\\d+)");
  CHECK(refused(parse_progress_pattern(""), ""));
  CHECK(parse_progress_pattern("step (").error().message ==
        "'step (' is not a regular expression (allowed: the syntax of RE2, such as 'step (\\d+)'; missing ): step ()");
  CHECK(refused(parse_progress_pattern("(?=x)"), "(?=x)"));
}

TEST_CASE("an assignment has a name and any value") {
  CHECK(*parse_env_assignment("A=") == EnvAssignment{"A", ""});
  CHECK(*parse_env_assignment("A=b=c \n") == EnvAssignment{"A", "b=c \n"});
  for (const auto* bad : Texts{"", "A", "=x", "A B=1", "A\t=1", " A=1"}) CHECK(refused(parse_env_assignment(bad), bad));
}

TEST_CASE("patterns of variable names are well formed") {
  CHECK(*parse_name_globs("SLURM_*,A?[a-z][!]x]") == std::vector<std::string>{"SLURM_*", "A?[a-z][!]x]"});
  for (const auto* bad : Texts{"", "A,", "A[", "A[]", "A=1", "A B", "[!]"}) CHECK(refused(parse_name_globs(bad), bad));
}

TEST_CASE("a label has known placeholders alone") {
  for (const auto* good : Texts{"", "[{rank}]", "{local_rank}/{host} {role} {time}: ",
                                "${role_name}${local_rank}${rank}${hostname}", "$5 }"}) {
    CHECK(*parse_label_format(good) == good);
  }
  CHECK(parse_label_format("a{pid}").error().message ==
        "'{pid}' is not a placeholder of a label (allowed: {rank}, {local_rank}, {host}, {role}, {time}; or ${rank}, "
        "${local_rank}, ${role_name}, ${hostname})");
  for (const auto* bad : Texts{"{", "{}", "{rank", "{Rank}", "${host}", "{role_name}", "${"}) {
    CHECK(refused(parse_label_format(bad), bad));
  }
  CHECK(refused(parse_label_format("a\nb"), "a\nb"));
}

TEST_CASE("torchrun's template may leave the braces out") {
  CHECK(*parse_prefix_template("[$role_name${local_rank}]:") == "[${role_name}${local_rank}]:");
  CHECK(*parse_prefix_template("$rank") == "${rank}");
  CHECK(*parse_prefix_template("100$") == "100$");
  CHECK_FALSE(parse_prefix_template("$pid"));
}

TEST_CASE("filters are separated by commas, and two commas are one of the text") {
  CHECK(*parse_filter_list("a,b") == std::vector<std::string>{"a", "b"});
  CHECK(*parse_filter_list("a,,b") == std::vector<std::string>{"a,b"});
  CHECK(*parse_filter_list("a,,,b") == std::vector<std::string>{"a,", "b"});
  CHECK(*parse_filter_list(",,") == std::vector<std::string>{","});
  CHECK(parse_filter_list("")->empty());
  for (const auto* bad : Texts{",", "a,", ",a"}) CHECK(refused(parse_filter_list(bad), bad));
}

TEST_CASE("texts, identities and places for events") {
  CHECK(*parse_text("a b") == "a b");
  for (const auto* bad : Texts{"", "a\nb", "\x7f"}) CHECK(refused(parse_text(bad), bad));
  CHECK(*parse_run_id("job-1.2") == "job-1.2");
  for (const auto* bad : Texts{"", "a/b", "a\tb"}) CHECK(refused(parse_run_id(bad), bad));
  CHECK(refused(parse_run_id(std::string(201, 'x')), std::string(201, 'x')));
  CHECK(*parse_event_target("fd:3") == "fd:3");
  CHECK(*parse_event_target("events.jsonl") == "events.jsonl");
  for (const auto* bad : Texts{"", "fd:", "fd:x", "fd:-1", "fd:99999999"}) CHECK(refused(parse_event_target(bad), bad));
}

TEST_CASE("a number of nodes may be a range") {
  CHECK(*parse_node_range("2") == NodeRange{2, 2});
  CHECK(*parse_node_range("1:4") == NodeRange{1, 4});
  for (const auto* bad : Texts{"", "0", "2:1", "1:", ":1", "1:2:3", "a", "-1", "99999999999"}) {
    CHECK(refused(parse_node_range(bad), bad));
  }
}

TEST_CASE("an endpoint is a host with or without a port") {
  CHECK(*parse_endpoint("localhost") == Endpoint{"localhost", std::nullopt});
  CHECK(*parse_endpoint("localhost:0") == Endpoint{"localhost", 0});
  CHECK(*parse_endpoint("node7:29400") == Endpoint{"node7", 29400});
  CHECK(*parse_endpoint("[fe80::1]:29400") == Endpoint{"fe80::1", 29400});
  CHECK(*parse_endpoint("[::1]") == Endpoint{"::1", std::nullopt});
  CHECK(*parse_endpoint("::1") == Endpoint{"::1", std::nullopt});
  for (const auto* bad : Texts{"", ":1", "a:", "a:b", "a:65536", "[::1", "[]", "[]:1", "[::1]x", "a b:1", "a:-1"}) {
    CHECK(refused(parse_endpoint(bad), bad));
  }
  CHECK(parse_endpoint("127.0.1.1:3")->is_loopback());
  CHECK(parse_endpoint("[::1]:3")->is_loopback());
  CHECK_FALSE(parse_endpoint("node7:3")->is_loopback());
}

TEST_CASE("settings are keys with values") {
  using Settings = std::vector<std::pair<std::string, std::string>>;
  CHECK(*parse_settings("timeout=900, store_type=tcp,x=") ==
        Settings{{"timeout", "900"}, {"store_type", "tcp"}, {"x", ""}});
  CHECK(parse_settings("")->empty());
  for (const auto* bad : Texts{"a", "a=1,", "=1", ","}) CHECK(refused(parse_settings(bad), bad));
}

TEST_CASE("a bad value is shown on one line, and not at length") {
  CHECK(in_quotes("a\nb\x01\x7f") == "'a\\nb\\x01\\x7f'");
  CHECK(in_quotes(std::string(81, 'x')) == "'" + std::string(80, 'x') + "...'");
  CHECK(in_quotes(std::string(79, 'x') + "\xc3\xa9") == "'" + std::string(79, 'x') + "...'");
}
