#include "gpulaunch/output/relay.hpp"

#include <algorithm>

namespace gpulaunch {
namespace {

std::size_t index_of(StreamId id) {
  return static_cast<std::size_t>(id.rank) * 2 + static_cast<std::size_t>(id.stream);
}

}  // namespace

Route& Relay::route(StreamId id) { return routes_[index_of(id)]; }
const Route& Relay::route(StreamId id) const { return routes_[index_of(id)]; }

void Relay::write(StreamId stream, std::string_view bytes, Instant now) {
  Route& from = route(stream);
  if (bytes.empty()) return;
  latest_ = now;
  from.last_write = now.mono;
  keep(from, bytes, now);
  if (from.end == nullptr && !log_ && from.filter == nullptr && !on_line) return;
  from.splitter.feed(bytes);
  while (const auto piece = from.splitter.next()) pass_on(from, *piece, now);
  grown(from, now);
}

void Relay::keep(Route& route, std::string_view bytes, Instant now) {
  if (options_.diagnosis)
    route.memory.append(bytes, now.mono, allowance_);
  else
    route.memory.append_tail(bytes);
  if (!route.file) return;
  const Sink::Written written = route.file->write(bytes);
  if (written.error == 0) return;
  route.file.reset();
  file_loss_ = written.error;
}

void Relay::pass_on(Route& route, const Piece& piece, Instant now) {
  if (route.end != nullptr && route.end->outlet.alive()) to_console(route, piece, now);
  if (log_ && log_->outlet().alive()) log_->pass(route.log_prefix.at(now.wall, stamp_), piece);
  if (route.filter != nullptr) {
    const std::string_view prefix = route.filter_prefix.at(now.wall, stamp_);
    each_line(piece, [&](std::string_view line) { route.filter->pass(prefix, line); });
  }
  if (on_line) each_line(piece, [&](std::string_view line) { on_line(route.id, line, now); });
}

Console::Speaker Relay::speaker(Route& route, Instant now) {
  return {route.line, route.prefix.at(now.wall, stamp_), now.mono};
}

void Relay::to_console(Route& route, const Piece& piece, Instant now) {
  if (collapser_) return to_collapser(route, piece, now);
  Console& console = route.end->console;
  const Console::Speaker who = speaker(route, now);
  switch (piece.kind) {
    case Piece::Kind::lines: console.whole_lines(who, piece.text); break;
    case Piece::Kind::line: console.end_line(who, piece.text); break;
    case Piece::Kind::part: console.part(who, piece.text); break;
    case Piece::Kind::last: console.end_stream(who, piece.text); break;
  }
  route.end->outlet.drain_when_full();
}

// Lines of which something was shown already, and parts, cannot be collapsed; what their rank printed before them goes
// first.
void Relay::to_collapser(Route& route, const Piece& piece, Instant now) {
  const bool whole = piece.kind != Piece::Kind::part && !route.line.begun;
  if (whole) {
    each_line(piece, [&](std::string_view line) { collapser_->add(route.id, line, now); });
    route.line = {};
    return show_collapsed(now);
  }
  collapser_->release(route.id.rank);
  show_collapsed(now);
  Console& console = route.end->console;
  const Console::Speaker who = speaker(route, now);
  if (piece.kind == Piece::Kind::part)
    console.part(who, piece.text);
  else
    console.end_line(who, piece.text);
  route.end->outlet.drain_when_full();
}

void Relay::show_collapsed(Instant now) {
  while (const auto line = collapser_->next(now.mono)) {
    Route& first = route({line->ranks.front(), line->stream});
    ConsoleEnd& end = *first.end;
    if (!end.outlet.alive()) continue;
    if (line->ranks.size() == 1) {
      end.console.say(first.prefix.at(line->first.wall, stamp_), line->text, now.mono);
    } else {
      Prefix together({.label = console_label(), .timestamps = options_.timestamps}, facts_of(line->ranks));
      end.console.say(together.at(line->first.wall, stamp_), line->text, now.mono);
    }
    end.outlet.drain_when_full();
  }
}

// An unfinished line is left: where it stands on the console it grows there, else it waits for its time.
void Relay::grown(Route& route, Instant now) {
  if (route.end == nullptr || !route.end->outlet.alive()) return;
  if (!route.splitter.held().empty()) {
    route.end->console.grown(speaker(route, now), route.splitter.held());
    if (route.line.since) wake_by(*route.line.since + Console::partial_delay);
  }
  wake_to_redraw(now);
}

void Relay::wake_by(Mono time) { next_due_ = next_due_ ? std::min(*next_due_, time) : time; }

// On a terminal any line may have wiped a progress bar, which is to come back.
void Relay::wake_to_redraw(Instant now) {
  const auto draws = [](const auto& end) { return end->terminal; };
  if (std::ranges::any_of(ends_, draws)) wake_by(now.mono + Console::partial_delay);
}

std::optional<Mono> Relay::deadline() const {
  const auto window = collapser_ ? collapser_->deadline() : std::nullopt;
  if (!window || !next_due_) return window ? window : next_due_;
  return std::min(*window, *next_due_);
}

void Relay::tick(Instant now) {
  if (collapser_) show_collapsed(now);
  if (!next_due_ || *next_due_ > now.mono) return;
  next_due_.reset();
  for (Route& route : routes_) show_due(route, now);
}

void Relay::show_due(Route& route, Instant now) {
  if (route.end == nullptr || !route.line.since || !route.end->outlet.alive()) return;
  const std::string_view text = route.splitter.held();
  const auto due = route.end->console.due(route.line, text);
  if (*due > now.mono) return wake_by(std::min(*due, now.mono + Console::partial_delay));
  if (collapser_) {
    collapser_->release(route.id.rank);
    show_collapsed(now);
  }
  route.end->console.show(speaker(route, now), text);
  wake_to_redraw(now);
}

void Relay::close(StreamId stream, Instant now) {
  Route& ended = route(stream);
  if (!ended.open) return;
  ended.open = false;
  latest_ = now;
  if (const auto piece = ended.splitter.finish()) pass_on(ended, *piece, now);
  ended.line = {};
  ended.file.reset();
  if (collapser_ && std::ranges::none_of(routes_, &Route::open)) {
    collapser_->release_all();
    show_collapsed(now);
  }
}

std::vector<std::string> Relay::tail(StreamId stream, std::size_t lines) const {
  return route(stream).memory.tail(lines);
}

std::optional<Mono> Relay::last_output(int rank) const {
  return std::max(route({rank, Stream::out}).last_write, route({rank, Stream::err}).last_write);
}

std::vector<RememberedLine> Relay::remembered(StreamId stream) const { return route(stream).memory.lines(); }

}  // namespace gpulaunch
