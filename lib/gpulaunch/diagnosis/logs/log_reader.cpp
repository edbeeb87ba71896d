#include "gpulaunch/diagnosis/logs/log_reader.hpp"

#include "gpulaunch/diagnosis/logs/line_stamp.hpp"
#include "gpulaunch/diagnosis/logs/log_case.hpp"
#include "gpulaunch/diagnosis/logs/log_findings.hpp"
#include "gpulaunch/diagnosis/logs/prefix_survey.hpp"

#include <algorithm>
#include <re2/re2.h>
#include <utility>

namespace gpulaunch {
namespace {

constexpr int most_prefixes = 8;
// The first have the full limits; a job of more ranks must not take more memory than a machine has.
constexpr std::size_t well_kept = 512;
constexpr std::size_t most_speakers = 16384;
constexpr std::size_t most_told = 64;  // ranks to which a launcher's line about many is given
constexpr KeptLimits small_limits{.head = 2048, .errors = 2048, .tail = 2048, .error_lines = 16, .line = 1024};

// What the beginning of a line says about who wrote it.
struct Origin {
  std::optional<int> rank;
  std::vector<int> ranks;  // of a line that stands for those of several
  std::string key;
  std::string label;
  std::optional<PrefixForm> form;
  std::optional<int> number;
  std::optional<int> pid;
  std::optional<LineStamp> stamp;
  bool to_stdout = false;
  std::string_view text;
};

void append_name(std::string& names, std::string_view name, char separator) {
  if (!names.empty() && !name.empty()) names += separator;
  names += name;
}

std::string label_of(const LinePrefix& prefix, std::string_view text) {
  if (!prefix.place.empty() && prefix.pid && prefix.form == PrefixForm::process)
    return std::string(prefix.place) + " (pid " + std::to_string(*prefix.pid) + ")";
  if (!prefix.place.empty()) return std::string(prefix.place);
  if (prefix.pid) return "process " + std::to_string(*prefix.pid);
  text = text.substr(0, text.find_last_not_of(" :") + 1);
  if (prefix.form == PrefixForm::number) return "task " + std::string(text.substr(text.find_first_not_of(' ')));
  return std::string(text);
}

}  // namespace

class LogReader::Impl {
 public:
  void open(const std::string& name, const LogName& by_name) {
    end_file();
    ends_.new_log();
    found_.files.push_back(name);
    by_name_ = by_name;
    survey_.emplace(prefixes_, stamps_);
    forms_.reset();
    places_by_key_.clear();
  }
  void survey(std::string_view bytes) { survey_->feed(bytes); }
  void feed(std::string_view bytes) {
    if (survey_) forms_ = survey_->decide();
    survey_.reset();
    feed_.feed(bytes, [this](std::string_view line) { take(line); });
  }
  void add_error(int rank, ErrorRecord error) { found_.errors[rank] = std::move(error); }
  [[nodiscard]] std::size_t bytes_kept() const;

  LogFindings take_all() {
    end_file();
    for (auto& [rank, speaker] : found_.ranks) speaker.finish();
    for (auto& place : found_.places) place.speaker.finish();
    found_.ends = std::move(ends_).take();
    return std::move(found_);
  }

 private:
  void end_file() {
    feed_.finish([this](std::string_view line) { take(line); });
  }
  void take(std::string_view line);
  [[nodiscard]] Origin origin_of(std::string_view line) const;
  static void apply(const LinePrefix& prefix, std::string_view text, Origin& origin);
  [[nodiscard]] std::optional<Nanos> time_of(const Origin& origin);
  void say(int rank, std::string_view text, const Origin& origin, std::optional<Nanos> at);
  [[nodiscard]] Place* place_of(const Origin& origin);
  void learn(const Origin& origin, Place* place);
  [[nodiscard]] KeptLimits limits() const {
    return found_.ranks.size() + found_.places.size() < well_kept ? KeptLimits{} : small_limits;
  }
  [[nodiscard]] bool has_room() const { return found_.ranks.size() + found_.places.size() < most_speakers; }

  PrefixReader prefixes_;
  StampReader stamps_;
  EndReader ends_;
  RE2 told_{R"( rank (\d{1,6}) nranks (\d{1,6}))"};
  std::optional<PrefixSurvey> survey_;
  PrefixForms forms_;
  LogName by_name_;
  LineFeed feed_;
  std::uint64_t lines_ = 0;
  std::optional<LineStamp::Kind> stamp_kind_;
  std::map<std::string, std::size_t, std::less<>> places_by_key_;  // of the open file
  LogFindings found_;
};

void LogReader::Impl::apply(const LinePrefix& prefix, std::string_view text, Origin& origin) {
  const bool is_mark = prefix.length == 0;
  if (prefix.rank && !(is_mark && origin.rank)) origin.rank = prefix.rank;
  if (prefix.pid) origin.pid = prefix.pid;
  origin.to_stdout = origin.to_stdout || prefix.to_stdout;
  if (prefix.form == PrefixForm::bracketed && !prefix.number) {
    origin.ranks = ranks_in(prefix.ranks);
  } else if (!prefix.rank && !(is_mark && !origin.key.empty())) {
    append_name(origin.key, is_mark ? prefix.place : text.substr(0, prefix.length), '\x1f');
    append_name(origin.label, label_of(prefix, text.substr(0, prefix.length)), ' ');
    origin.form = prefix.form;
    origin.number = prefix.number;
  }
}

Origin LogReader::Impl::origin_of(std::string_view line) const {
  Origin origin;
  auto weak = forms_;
  for (int depth = 0; depth < most_prefixes; ++depth) {
    if (const auto prefix = prefixes_.read(line, weak)) {
      apply(*prefix, line, origin);
      weak.reset(static_cast<std::size_t>(prefix->form));
      if (prefix->length == 0) break;
      line.remove_prefix(prefix->length);
    } else if (const auto stamp = stamps_.read(line)) {
      if (!origin.stamp) origin.stamp = stamp;
      line.remove_prefix(stamp->length);
    } else {
      break;
    }
  }
  origin.text = line;
  return origin;
}

std::optional<Nanos> LogReader::Impl::time_of(const Origin& origin) {
  if (!origin.stamp) return std::nullopt;
  if (!stamp_kind_) stamp_kind_ = origin.stamp->kind;
  if (*stamp_kind_ != origin.stamp->kind) return std::nullopt;
  const auto at = origin.stamp->at;
  found_.dated = *stamp_kind_ == LineStamp::Kind::full;
  found_.first_at = found_.first_at ? std::min(*found_.first_at, at) : at;
  return at;
}

void LogReader::Impl::say(int rank, std::string_view text, const Origin& origin, std::optional<Nanos> at) {
  auto speaker = found_.ranks.find(rank);
  if (speaker == found_.ranks.end()) {
    if (!has_room()) return;
    speaker = found_.ranks.emplace(rank, Speaker(limits())).first;
  }
  speaker->second.say(lines_, text, at, origin.to_stdout || by_name_.to_stdout);
}

Place* LogReader::Impl::place_of(const Origin& origin) {
  if (const auto known = places_by_key_.find(origin.key); known != places_by_key_.end())
    return &found_.places[known->second];
  if (!has_room()) return nullptr;
  Place place{found_.files.size() - 1, origin.key, origin.label, origin.form, origin.number, origin.pid, {}, {}, 0,
              Speaker(limits())};
  if (origin.key.empty()) {
    place.label = found_.files.back();
    place.number = by_name_.rank;
  }
  places_by_key_.emplace(origin.key, found_.places.size());
  found_.places.push_back(std::move(place));
  return &found_.places.back();
}

// NCCL tells ranks of many communicators; those of the largest are the job's.
void LogReader::Impl::learn(const Origin& origin, Place* place) {
  if (origin.rank && origin.pid) found_.rank_of_pid[*origin.pid] = *origin.rank;
  if (place == nullptr) return;
  if (origin.rank) place->ranks.insert(*origin.rank);
  int rank = 0;
  int size = 0;
  if (origin.form == PrefixForm::nccl && origin.text.find(" nranks ") != std::string_view::npos &&
      RE2::PartialMatch({origin.text.data(), origin.text.size()}, told_, &rank, &size) && size > place->told_size) {
    place->told_rank = rank;
    place->told_size = size;
  }
}

void LogReader::Impl::take(std::string_view line) {
  ++lines_;
  std::string storage;
  const auto origin = origin_of(without_colours(line, storage));
  const auto at = time_of(origin);
  const auto owner = ends_.read(origin.text, origin.key);
  auto* place = place_of(origin);
  learn(origin, place);
  if (origin.rank) return say(*origin.rank, origin.text, origin, at);
  for (const int rank : origin.ranks) say(rank, origin.text, origin, at);
  if (!origin.ranks.empty() || place == nullptr) return;
  if (!owner.launchers) return place->speaker.say(lines_, origin.text, at, origin.to_stdout || by_name_.to_stdout);
  place->speaker.forget_traceback();
  const auto told = std::min(owner.ranks.size(), most_told);
  for (std::size_t i = 0; i < told; ++i) say(owner.ranks[i], owner.text, origin, at);
}

std::size_t LogReader::Impl::bytes_kept() const {
  std::size_t bytes = 0;
  for (const auto& [rank, speaker] : found_.ranks) bytes += speaker.err.bytes() + speaker.out.bytes();
  for (const auto& place : found_.places) bytes += place.speaker.err.bytes() + place.speaker.out.bytes();
  return bytes;
}

LogReader::LogReader() : impl_(std::make_unique<Impl>()) {}
LogReader::LogReader(LogReader&&) noexcept = default;
LogReader& LogReader::operator=(LogReader&&) noexcept = default;
LogReader::~LogReader() = default;

void LogReader::open(const std::string& name, const LogName& by_name) { impl_->open(name, by_name); }
void LogReader::survey(std::string_view bytes) { impl_->survey(bytes); }
void LogReader::feed(std::string_view bytes) { impl_->feed(bytes); }
void LogReader::add_error(int rank, ErrorRecord error) { impl_->add_error(rank, std::move(error)); }
ReadLogs LogReader::finish() && { return make_case(impl_->take_all()); }
std::size_t LogReader::bytes_kept() const { return impl_->bytes_kept(); }

}  // namespace gpulaunch
