#include "rank_output.hpp"

#include "child_process.hpp"
#include "launch.hpp"
#include "scratch.hpp"

namespace harness {
namespace {

std::map<std::string, std::string> variables(const std::vector<std::string>& lines) {
  std::map<std::string, std::string> found;
  for (const auto& line : lines) {
    const auto equals = line.find('=');
    if (equals != std::string::npos) found[line.substr(0, equals)] = line.substr(equals + 1);
  }
  return found;
}

}  // namespace

std::vector<std::string> lines_of_rank(std::string_view out, int rank) {
  const auto label = labelled(rank, "");
  const std::string begun = "~>";
  const std::string rest = "~> ";
  std::vector<std::string> lines;
  for (auto line : split_lines(out)) {
    if (!line.starts_with(label)) continue;
    line.erase(0, label.size());
    if (!lines.empty() && lines.back().ends_with(begun) && line.starts_with(rest))
      lines.back().replace(lines.back().size() - begun.size(), begun.size(), line.substr(rest.size()));
    else
      lines.push_back(line);
  }
  return lines;
}

std::map<std::string, std::string> variables_of_rank(std::string_view out, int rank) {
  return variables(lines_of_rank(out, rank));
}

std::map<std::string, std::string> variables_in(std::string_view out) { return variables(split_lines(out)); }

PythonAnswer ask_python(const std::string& code, const std::vector<std::string>& arguments) {
  ChildOptions options{.path = std::string(debian_python), .argv = {"python3", "-c", code}};
  options.argv.insert(options.argv.end(), arguments.begin(), arguments.end());
  options.env = {"PATH=/usr/bin:/bin"};
  ChildProcess python(options);
  python.pump_until([] { return false; }, std::chrono::seconds(120));
  if (!python.ending()) return {-1, "did not end: " + python.out() + python.err()};
  return {python.ending()->value, python.out() + python.err()};
}

bool lacks_torch() {
  static const bool found = ask_python("import torch, torch.distributed", {}).exit_code == 0;
  return skipped_unless(found, "Debian's Python has no torch (python3-torch)");
}

}  // namespace harness
