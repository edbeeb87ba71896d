// How a relay comes to be: consoles, labels and files as plan and options say.
#include "gpulaunch/base/rank_set.hpp"
#include "gpulaunch/output/relay.hpp"

namespace gpulaunch {
namespace {

const StreamPlan& stream_plan(const RankPlan& rank, Stream stream) {
  return stream == Stream::out ? rank.out : rank.err;
}

bool is_teed(const OutputOptions& options, const RankPlan& rank, Stream stream) {
  return contains(options.tee.of(rank.local_rank), stream == Stream::out ? StreamSet::out : StreamSet::err);
}

}  // namespace

Result<void> Relay::open_all(const Plan& plan, ConsoleFds fds, const ConsoleStyle& style) {
  auto format = LabelFormat::parse(options_.label_format.empty() ? LabelFormat::standard : options_.label_format);
  if (!format) return tl::unexpected(std::move(format.error()));
  format_ = std::move(*format);
  labelled_ = plan.labels || !options_.label_format.empty();
  host_ = plan.host;
  for (const RankPlan& rank : plan.ranks) numbers_.push_back({rank.rank.value(), rank.local_rank.value()});
  routes_ = std::vector<Route>(plan.ranks.size() * 2);
  if (options_.collapse && plan.ranks.size() > 1) collapser_.emplace(static_cast<int>(plan.ranks.size()));
  const Looks looks = {console_look(fds.out, options_.color, style), console_look(fds.err, options_.color, style)};
  open_consoles(plan, fds, looks);
  make_prefixes(plan, looks);
  if (auto opened = open_log(plan); !opened) return opened;
  return open_files(plan);
}

void Relay::open_consoles(const Plan& plan, ConsoleFds fds, const Looks& looks) {
  const bool shared = plan.ranks.size() > 1 || labelled_ || options_.timestamps;
  const bool one = same_target(fds.out, fds.err);
  const auto open_end = [&](int fd, ConsoleLook look, std::string_view name) {
    const Console::Traits how{.terminal = look.draws, .shared = shared};
    return ends_.emplace_back(std::make_unique<ConsoleEnd>(Sink::over(fd), how, name)).get();
  };
  end_of_stream_[0] = open_end(fds.out, looks[0], one ? "standard output and error" : "standard output");
  end_of_stream_[1] = one ? end_of_stream_[0] : open_end(fds.err, looks[1], "standard error");
}

void Relay::make_prefixes(const Plan& plan, const Looks& looks) {
  const bool log_labelled = labelled_ || plan.ranks.size() > 1;
  // Without a format of the user's, filtered files look as torchrun's do. The text is ours and always parses.
  const LabelFormat teed = options_.label_format.empty() ? *LabelFormat::parse(LabelFormat::torchrun) : format_;
  for (int rank = 0; rank < static_cast<int>(plan.ranks.size()); ++rank) {
    const LabelFacts facts = facts_of({rank});
    for (const Stream stream : {Stream::out, Stream::err}) {
      Route& made = route({rank, stream});
      made.id = {rank, stream};
      Prefix::Style look{.label = console_label(), .timestamps = options_.timestamps};
      if (looks[static_cast<std::size_t>(stream)].coloured) look.colour = numbers_[static_cast<std::size_t>(rank)].rank;
      made.prefix = Prefix(look, facts);
      made.log_prefix =
          Prefix({.label = log_labelled ? &format_ : nullptr, .timestamps = options_.timestamps, .dates = true}, facts);
      made.filter_prefix = Prefix({.label = &teed}, facts);
    }
  }
}

LabelFacts Relay::facts_of(const std::vector<int>& ranks) const {
  std::vector<int> global;
  std::vector<int> local;
  for (const int rank : ranks) {
    const RankNumbers& numbers = numbers_[static_cast<std::size_t>(rank)];
    global.push_back(numbers.rank);
    local.push_back(numbers.local_rank);
  }
  return {format_rank_set(global), format_rank_set(local), host_, role_};
}

Result<void> Relay::open_log(const Plan& plan) {
  if (options_.log_file.empty()) return {};
  auto file = open_merged_log(options_.log_file, plan.attempt > 0);
  if (!file) return tl::unexpected(std::move(file.error()));
  log_.emplace(options_.log_file, std::move(*file));
  return {};
}

Result<void> Relay::open_files(const Plan& plan) {
  if (auto opened = open_filters(plan); !opened) return opened;
  for (Route& each : routes_) {
    const RankPlan& rank = plan.ranks[static_cast<std::size_t>(each.id.rank)];
    const StreamPlan& where = stream_plan(rank, each.id.stream);
    each.open = !where.inherit;
    each.end = where.console && !where.inherit ? end_of_stream_[static_cast<std::size_t>(each.id.stream)] : nullptr;
    auto& filter = filters_[static_cast<std::size_t>(each.id.stream)];
    each.filter = filter && is_teed(options_, rank, each.id.stream) ? &*filter : nullptr;
    if (!plan.attempt_dir.empty() && !rank.error_file.empty()) {
      if (auto made = make_folder_in_log_dir(rank.error_file, options_.log_dir); !made) return made;
    }
    if (where.inherit || where.file.empty()) continue;
    auto file = open_in_log_dir(where.file, options_.log_dir);
    if (!file) return tl::unexpected(std::move(file.error()));
    each.file = Sink::owning(std::move(*file));
  }
  return {};
}

Result<void> Relay::open_filters(const Plan& plan) {
  const std::array paths = {&plan.filtered_out, &plan.filtered_err};
  const std::array texts = {&options_.duplicate_stdout_filters, &options_.duplicate_stderr_filters};
  for (std::size_t stream = 0; stream < filters_.size(); ++stream) {
    filters_[stream].reset();
    if (paths[stream]->empty()) continue;
    auto file = open_in_log_dir(*paths[stream], options_.log_dir);
    if (!file) return tl::unexpected(std::move(file.error()));
    filters_[stream].emplace(std::move(*file), *texts[stream]);
  }
  return {};
}

Result<void> Relay::next_attempt(const Plan& plan, Instant now) {
  for (Route& each : routes_) {
    close(each.id, now);
    each.splitter = {};
    each.memory = {};
    each.last_write.reset();
    each.filter = nullptr;
  }
  for (auto& filter : filters_) {
    if (filter) filter->outlet().drain();
  }
  return open_files(plan);
}

}  // namespace gpulaunch
