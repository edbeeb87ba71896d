#include "gpulaunch/options/explain.hpp"

#include <fmt/format.h>

#include <array>
#include <string_view>

namespace gpulaunch {
namespace {

constexpr std::string_view explain_usage = "gpulaunch explain [--signatures FILE] [--json] FILE...";

constexpr std::string_view help_text = R"(Usage: gpulaunch explain [options] FILE...

Reads the saved logs of a failed job, whatever launcher ran it, and says which rank failed first, why,
and what to do about it. Who wrote a line is told from the usual prefixes (torchrun, srun -l, mpirun,
DeepSpeed, Ray, kubectl, ours) or from the names of files, one for each rank; how ranks ended, from
what their launcher printed. FILE may be a folder of logs, as --log-dir leaves them; - is standard
input.

Options:
  --signatures FILE  Know the failures in this TOML file as well; may be given several times
  --json             Print one JSON object
  -h, --help         Show this help and exit

Exit status: 0 something was explained, 1 nothing was found, 2 usage or a file that cannot be read.

Examples:
  gpulaunch explain slurm-1234.out
  gpulaunch explain logs/
  kubectl logs -l job-name=train --prefix | gpulaunch explain -
)";

constexpr std::array flags{
    ExplainFlag{"--signatures", "Know the failures in this TOML file as well", true},
    ExplainFlag{"--json", "Print one JSON object"},
    ExplainFlag{"--help", "Show this help and exit"},
    ExplainFlag{"-h", "Show this help and exit"},
};

class Words {
 public:
  explicit Words(const std::vector<std::string>& words) : words_(&words) {}

  Result<ExplainOptions> parse() {
    while (at_ < words_->size()) {
      if (auto taken = take((*words_)[at_++]); !taken) return tl::unexpected(taken.error());
    }
    if (options_.logs.empty() && !options_.help)
      return fail(ErrorKind::usage, fmt::format("no FILE to explain (usage: {})", explain_usage));
    return std::move(options_);
  }

 private:
  Result<void> take(const std::string& word) {
    constexpr std::string_view with_value = "--signatures=";
    if (only_files_ || word == "-" || !word.starts_with('-')) return add_log(word);
    if (word == "--") {
      only_files_ = true;
    } else if (word == "--json") {
      options_.json = true;
    } else if (word == "-h" || word == "--help") {
      options_.help = true;
    } else if (word == "--signatures") {
      if (at_ == words_->size()) return add_signatures("");
      return add_signatures((*words_)[at_++]);
    } else if (word.starts_with(with_value)) {
      return add_signatures(word.substr(with_value.size()));
    } else {
      return fail(ErrorKind::usage,
                  fmt::format("explain has no option {} (allowed are --signatures FILE, --json and --help)", word));
    }
    return {};
  }

  Result<void> add_log(const std::string& path) {
    if (path.empty()) return fail(ErrorKind::usage, "explain: FILE is an empty word");
    options_.logs.push_back(path);
    return {};
  }

  Result<void> add_signatures(const std::string& path) {
    if (path.empty())
      return fail(ErrorKind::usage, "--signatures: '' is not a path (allowed: the path of a TOML file)");
    options_.signatures.push_back(path);
    return {};
  }

  const std::vector<std::string>* words_;
  std::size_t at_ = 0;
  bool only_files_ = false;
  ExplainOptions options_;
};

}  // namespace

Result<ExplainOptions> parse_explain(const std::vector<std::string>& words) { return Words(words).parse(); }

std::span<const ExplainFlag> explain_flags() { return flags; }

std::string explain_help() { return std::string(help_text); }

}  // namespace gpulaunch
