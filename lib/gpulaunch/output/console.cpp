#include "gpulaunch/output/console.hpp"

#include "gpulaunch/output/progress.hpp"

#include <utility>

namespace gpulaunch {
namespace {

constexpr std::string_view wipe_line = "\r\033[K";

}  // namespace

void Console::whole_lines(const Speaker& who, std::string_view block) {
  close_standing(who.now);
  if (!draws(block)) return append_labelled(out_, who.prefix, block);
  while (!block.empty()) {
    const std::size_t newline = block.find('\n');
    const std::string_view line = block.substr(0, newline);
    out_.append(who.prefix).append(line.substr(update_start(line))).append("\n");
    block.remove_prefix(newline + 1);
  }
}

void Console::end_line(const Speaker& who, std::string_view text) {
  const std::size_t from = first_to_show(who.line, text);
  take_line(who, !draws(text));
  put(who.prefix, text.substr(from));
  out_.append("\n");
  standing_ = nullptr;
  who.line = {};
}

void Console::end_stream(const Speaker& who, std::string_view text) {
  if (traits_.shared) return end_line(who, text);
  take_line(who, true);
  put(who.prefix, text.substr(who.line.shown));
  standing_ = nullptr;
  loose_end_ = true;
  who.line = {};
}

void Console::part(const Speaker& who, std::string_view text) {
  // The part may have been cut before the end of what was shown already, between two updates of a bar.
  if (who.line.shown > text.size()) {
    who.line.shown -= text.size();
    return;
  }
  if (draws(text) || !traits_.shared) {
    show(who, text);
    who.line.redraw = traits_.terminal && text.ends_with('\r');
  } else {
    take_line(who, true);
    put(who.prefix, text.substr(who.line.shown));
    standing_draws_ = false;
    close_standing(who.now);
    who.line.since.reset();
  }
  who.line.shown = 0;
  who.line.begun = true;
}

void Console::show(const Speaker& who, std::string_view text) {
  who.line.since.reset();
  // On a terminal a final "\r" waits for what follows: it moves the cursor, and the text would seem to be gone.
  const std::string_view visible = traits_.terminal ? without_final_return(text) : text;
  const bool stands = standing_ == &who.line;
  if (visible.size() <= who.line.shown && (stands || !draws(visible))) return;
  const std::size_t from = first_to_show(who.line, visible);
  take_line(who, !draws(text));
  put(who.prefix, visible.substr(from));
  who.line.shown = visible.size();
  who.line.begun = true;
  standing_draws_ = draws(text);
}

void Console::say(std::string_view prefix, std::string_view text, Mono now) {
  close_standing(now);
  out_.append(prefix).append(traits_.terminal ? text.substr(update_start(text)) : text).append("\n");
}

void Console::grown(const Speaker& who, std::string_view text) {
  if (standing_ == &who.line) {
    show(who, text);
  } else if (!who.line.since) {
    who.line.since = who.now;
  }
}

std::optional<Mono> Console::due(const ConsoleLine& line, std::string_view text) const {
  if (!line.since) return std::nullopt;
  const bool waits = standing_ != nullptr && standing_ != &line && is_progress(text);
  return *line.since + (waits ? progress_patience : partial_delay);
}

void Console::close_standing(Mono now) {
  if (std::exchange(loose_end_, false)) out_.append("\n");
  if (standing_ == nullptr) return;
  if (standing_draws_) {
    out_.append(wipe_line);
    standing_->since = now;
  } else {
    out_.append(break_mark).append("\n");
  }
  standing_ = nullptr;
  standing_draws_ = false;
}

// Makes the speaker's line the one that stands, with the beginning that it then needs.
void Console::take_line(const Speaker& who, bool as_continuation) {
  const bool redraw = std::exchange(who.line.redraw, false);
  if (standing_ == &who.line) {
    if (redraw) out_.append("\r").append(who.prefix);
    return;
  }
  close_standing(who.now);
  out_.append(who.prefix);
  if (who.line.begun && as_continuation) out_.append(break_mark);
  standing_ = &who.line;
}

// A bar that does not stand is drawn from its last update on.
std::size_t Console::first_to_show(const ConsoleLine& line, std::string_view text) const {
  return standing_ == &line || !draws(text) ? line.shown : update_start(text);
}

void Console::put(std::string_view prefix, std::string_view text) {
  if (draws(text)) return put_redrawing(prefix, text);
  out_.append(text);
}

void Console::put_redrawing(std::string_view prefix, std::string_view text) {
  while (true) {
    const std::size_t next = text.find('\r');
    out_.append(text.substr(0, next));
    if (next == std::string_view::npos) return;
    out_.append("\r");
    text.remove_prefix(next + 1);
    if (text.empty()) return;  // "\r" before the line's end is part of that end
    out_.append(prefix);
  }
}

bool Console::draws(std::string_view text) const { return traits_.terminal && is_progress(text); }

}  // namespace gpulaunch
