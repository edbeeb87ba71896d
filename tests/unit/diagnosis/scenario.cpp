#include "scenario.hpp"

#include "gpulaunch/base/signals.hpp"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace gpulaunch::testing {
namespace {

std::vector<std::string> parts(const std::string& text, char separator) {
  std::vector<std::string> found;
  std::istringstream stream(text);
  for (std::string part; std::getline(stream, part, separator);) found.push_back(part);
  return found;
}

std::vector<int> rank_list(const std::string& text) {
  std::vector<int> ranks;
  if (text == "none") return ranks;
  for (const auto& part : parts(text, ',')) {
    const auto dash = part.find('-');
    const int first = std::stoi(part);
    const int last = dash == std::string::npos ? first : std::stoi(part.substr(dash + 1));
    for (int rank = first; rank <= last; ++rank) ranks.push_back(rank);
  }
  return ranks;
}

Nanos seconds(const std::string& text) {
  return std::chrono::duration_cast<Nanos>(std::chrono::duration<double>(std::stod(text)));
}

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

Fate fate_of(const std::string& word) {
  if (word == "failed") return Fate::failed;
  if (word == "stopped") return Fate::stopped;
  if (word == "finished") return Fate::finished;
  if (word == "running") return Fate::running;
  if (word == "unknown") return Fate::unknown;
  throw std::runtime_error("no fate: " + word);
}

class Reader {
 public:
  Scenario read(std::istream& stream) {
    for (std::string line; std::getline(stream, line);) take(line);
    return std::move(scenario_);
  }

 private:
  void take(const std::string& line) {
    if (line.starts_with("== rank ")) return begin_rank(line);
    if (scenario_.file.ranks.empty()) return take_key(line);
    if (line == "-- out" || line == "-- err" || line == "-- error-file") {
      part_ = line.substr(3);
    } else if (line.starts_with('%')) {
      take_order(line);
    } else {
      add(line);
    }
  }

  void take_key(const std::string& line) {
    if (line.empty() || line.starts_with('#')) return;
    const auto colon = line.find(": ");
    if (colon == std::string::npos) throw std::runtime_error("no key: " + line);
    const auto key = line.substr(0, colon);
    const auto value = line.substr(colon + 2);
    auto& expected = scenario_.expected;
    if (key == "title")
      scenario_.title = value;
    else if (key == "culprits")
      expected.culprits = rank_list(value);
    else if (key == "signature")
      expected.signatures = parts(value, '|');
    else if (key == "cause")
      expected.cause = lower(value);
    else if (key == "strength")
      expected.strengths = parts(value, '|');
    else if (key == "everyone")
      expected.everyone = value == "yes";
    else if (key == "world")
      scenario_.file.world_size = std::stoi(value);
    else if (key == "hung")
      scenario_.file.hung = value == "yes";
    else if (key == "timed-out")
      scenario_.file.timed_out = value == "yes";
    else if (key == "fact")
      take_fact(value);
    else if (key == "view")
      take_view(value);
    else
      throw std::runtime_error("unknown key: " + line);
  }

  void take_fact(const std::string& value) {
    std::istringstream stream(value);
    Fact fact;
    stream >> fact.name >> std::ws;
    if (stream.peek() == '@') {
      stream.get();
      int rank = 0;
      stream >> rank >> std::ws;
      fact.rank = rank;
    }
    std::getline(stream, fact.sentence);
    scenario_.file.facts.push_back(fact);
  }

  void take_view(const std::string& value) {
    std::istringstream stream(value);
    std::string ranks;
    std::string sureness;
    HangView view;
    stream >> ranks >> sureness >> std::ws;
    view.laggards = rank_list(ranks);
    view.sure = sureness == "sure";
    std::getline(stream, view.cause);
    scenario_.file.view = view;
  }

  void begin_rank(const std::string& line) {
    std::istringstream stream(line.substr(8));
    RankAccount rank;
    std::string fate;
    stream >> rank.rank >> fate;
    rank.fate = fate_of(fate);
    if (rank.fate == Fate::finished) rank.outcome = Outcome::exited(0);
    if (rank.fate == Fate::stopped) rank.outcome = Outcome::signaled(signo::term);
    for (std::string word; stream >> word;) take_word(rank, word, stream);
    scenario_.file.ranks.push_back(rank);
    part_ = "err";
    at_.reset();
  }

  static void take_word(RankAccount& rank, const std::string& word, std::istream& stream) {
    std::string value;
    if (word == "at" && stream >> value)
      rank.ended = seconds(value);
    else if (word == "last" && stream >> value)
      rank.last_progress = seconds(value);
    else if (word == "outside" && stream >> value)
      rank.killed_by_outside = parse_signal(value);
    else if (word == "core")
      rank.outcome->core_dumped = true;
    else if (std::isdigit(static_cast<unsigned char>(word.front())) != 0)
      rank.outcome = Outcome::exited(std::stoi(word));
    else if (const auto signo = parse_signal(word))
      rank.outcome = Outcome::signaled(*signo);
    else
      throw std::runtime_error("unknown word: " + word);
  }

  void take_order(const std::string& line) {
    std::istringstream stream(line.substr(1));
    std::string order;
    std::string value;
    stream >> order >> value;
    if (order == "noise") {
      for (int i = 0; i < std::stoi(value); ++i) add(noise(i));
    } else if (order == "bytes") {
      add("\x80\xff\xfe \x1b[31m\x01\x02 \xc3\x28 \xf0\x9f\x98 nul:" + std::string(1, '\0') + "|");
    } else if (order == "long") {
      add(std::string(static_cast<std::size_t>(std::stoi(value)), 'x'));
    } else if (order == "at") {
      at_ = seconds(value);
    } else {
      throw std::runtime_error("unknown order: " + line);
    }
  }

  static std::string noise(int i) {
    const auto number = std::to_string(i);
    switch (i % 4) {
      case 0:
        return "[2026-03-02 11:0" + std::to_string(i % 10) + ":17,204] [INFO] step=" + number + ", loss=2.3" + number +
               ", lr=0.0003";
      case 1: return "Epoch 1:  " + number + "%|####      | " + number + "/100 [00:04<00:09,  6.3it/s]";
      case 2:
        return "/opt/venv/lib/python3.11/site-packages/torch/utils/checkpoint.py:31: UserWarning: None of the inputs "
               "have requires_grad=True.";
      default: return "  warnings.warn(";
    }
  }

  void add(const std::string& text) {
    auto& rank = scenario_.file.ranks.back();
    if (part_ == "out") {
      rank.out.push_back({text, at_});
    } else if (part_ == "err") {
      rank.err.push_back({text, at_});
    } else if (!rank.error) {
      rank.error = ErrorRecord{text, "", std::nullopt};
    } else {
      rank.error->callstack += text + "\n";
    }
  }

  Scenario scenario_;
  std::string part_ = "err";
  std::optional<Nanos> at_;
};

}  // namespace

Scenario read_scenario(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("cannot open " + path);
  try {
    auto scenario = Reader().read(file);
    scenario.name = std::filesystem::path(path).stem();
    if (scenario.file.world_size == 0) scenario.file.world_size = static_cast<int>(scenario.file.ranks.size());
    return scenario;
  } catch (const std::exception& error) {
    throw std::runtime_error(path + ": " + error.what());
  }
}

std::vector<Scenario> read_scenarios(const std::string& folder) {
  std::vector<std::string> paths;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() == ".txt") paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  std::vector<Scenario> scenarios;
  for (const auto& path : paths) scenarios.push_back(read_scenario(path));
  return scenarios;
}

Score score(const Scenario& scenario, const Diagnosis& diagnosis) {
  const auto& expected = scenario.expected;
  const auto has = [](const auto& list, const auto& value) {
    return std::find(list.begin(), list.end(), value) != list.end();
  };
  Score score;
  score.right_ranks = diagnosis.culprits == expected.culprits && diagnosis.everyone == expected.everyone;
  const auto signature = diagnosis.signature.empty() ? std::string("-") : diagnosis.signature;
  score.right_cause =
      (expected.signatures.empty() || has(expected.signatures, signature)) &&
      lower(diagnosis.cause).find(expected.cause) != std::string::npos &&
      (expected.strengths.empty() || has(expected.strengths, std::string(strength_text(diagnosis.strength))));
  std::copy_if(diagnosis.culprits.begin(), diagnosis.culprits.end(), std::back_inserter(score.innocents_blamed),
               [&](int rank) { return !has(expected.culprits, rank); });
  return score;
}

}  // namespace gpulaunch::testing
