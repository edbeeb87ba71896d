#include "gpulaunch/output/line_splitter.hpp"

#include "catch.hpp"

#include <random>
#include <vector>

using namespace gpulaunch;

namespace {

struct Seen {
  std::vector<std::string> lines;  // "text\n", "text>" for a part, "text$" for the last line of the stream
  std::size_t most_held = 0;
};

void note(Seen& seen, const Piece& piece) {
  const std::string text(piece.text);
  if (piece.kind == Piece::Kind::line) return seen.lines.push_back(text + '\n');
  if (piece.kind == Piece::Kind::part) return seen.lines.push_back(text + '>');
  if (piece.kind == Piece::Kind::last) return seen.lines.push_back(text + '$');
  for (std::size_t from = 0; from < text.size();) {
    const std::size_t end = text.find('\n', from) + 1;
    seen.lines.push_back(text.substr(from, end - from));
    from = end;
  }
}

Seen split(const std::string& bytes, const std::vector<std::size_t>& chunks) {
  LineSplitter splitter;
  Seen seen;
  std::size_t from = 0;
  for (std::size_t turn = 0; from < bytes.size(); ++turn) {
    const std::string_view chunk = std::string_view(bytes).substr(from, chunks[turn % chunks.size()]);
    splitter.feed(chunk);
    while (const auto piece = splitter.next()) note(seen, *piece);
    seen.most_held = std::max(seen.most_held, splitter.held().size());
    from += chunk.size();
  }
  if (const auto piece = splitter.finish()) note(seen, *piece);
  return seen;
}

std::string random_text(std::mt19937& random) {
  std::string text;
  const std::vector<std::size_t> lengths = {0, 1, 7, 80, 4000, LineSplitter::limit - 1, LineSplitter::limit,
                                            LineSplitter::limit + 1, 200'000};
  for (int line = 0; line < 30; ++line) {
    std::string one(lengths[random() % lengths.size()], static_cast<char>('a' + line % 26));
    for (int spot = 0; !one.empty() && spot < 4; ++spot) one[random() % one.size()] = "\r\0\xff"[random() % 3];
    text += one;
    if (line < 29) text += '\n';
  }
  return text;
}

}  // namespace

TEST_CASE("lines come out whole whatever the chunks are") {
  const std::string text = "one\ntwo\n\nthree";
  const std::vector<std::string> expected = {"one\n", "two\n", "\n", "three$"};
  for (std::size_t chunk = 1; chunk <= text.size(); ++chunk) CHECK(split(text, {chunk}).lines == expected);
}

TEST_CASE("where lines are cut does not depend on the chunks, and nothing is lost") {
  std::mt19937 random(7);
  for (int round = 0; round < 20; ++round) {
    const std::string text = random_text(random);
    const Seen whole = split(text, {text.size()});
    std::string joined;
    for (const std::string& line : whole.lines) joined += line.back() == '\n' ? line : line.substr(0, line.size() - 1);
    CHECK(joined == text);
    std::vector<std::size_t> chunks;
    for (int i = 0; i < 50; ++i) chunks.push_back(1 + random() % (random() % 4 == 0 ? 100'000 : 300));
    const Seen cut = split(text, chunks);
    CHECK(cut.lines == whole.lines);
    CHECK(cut.most_held <= LineSplitter::limit);
  }
}

TEST_CASE("whole lines of a chunk are passed on as a view of it") {
  const std::string text = "one\ntwo\nthr";
  LineSplitter splitter;
  splitter.feed(text);
  const auto piece = splitter.next();
  REQUIRE(piece);
  CHECK(piece->kind == Piece::Kind::lines);
  CHECK(piece->text.data() == text.data());
  CHECK(piece->text.size() == 8);
  CHECK_FALSE(splitter.next());
  CHECK(splitter.held() == "thr");
}

TEST_CASE("a line beyond the limit comes in parts, and says that it goes on") {
  LineSplitter splitter;
  const std::string text = std::string(LineSplitter::limit + 10, 'x') + "\n";
  splitter.feed(text);
  auto piece = splitter.next();
  REQUIRE(piece);
  CHECK(piece->kind == Piece::Kind::part);
  CHECK(piece->text.size() == LineSplitter::limit);
  CHECK_FALSE(piece->continues);
  piece = splitter.next();
  REQUIRE(piece);
  CHECK(piece->kind == Piece::Kind::line);
  CHECK(piece->text == std::string(10, 'x'));
  CHECK(piece->continues);
  CHECK_FALSE(splitter.next());
}

TEST_CASE("a part of a progress bar ends between two updates") {
  std::string text;
  while (text.size() < LineSplitter::limit + 100) text += "\r 50% of something";
  const Seen seen = split(text, {1000});
  REQUIRE(seen.lines.size() == 2);
  CHECK(seen.lines[0].ends_with("something\r>"));
  CHECK(seen.lines[1].starts_with(" 50% of something\r"));
}

TEST_CASE("a hundred megabytes without a newline are never held") {
  LineSplitter splitter;
  const std::string chunk(64UL * 1024, 'x');
  std::size_t passed = 0;
  for (int turn = 0; turn < 1600; ++turn) {
    splitter.feed(chunk);
    while (const auto piece = splitter.next()) passed += piece->text.size();
    CHECK(splitter.held().size() <= LineSplitter::limit);
  }
  CHECK(passed + splitter.held().size() == 1600 * chunk.size());
}
