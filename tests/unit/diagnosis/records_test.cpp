// Failures as they were met in the wild (records.tsv): each has to be known by its signature, before all others.
//   unit_diagnosis '[table]'    prints what each of them is taken for
#include "catch.hpp"
#include "gpulaunch/diagnosis/matching/matcher.hpp"
#include "gpulaunch/diagnosis/signatures/built_in_signatures.hpp"
#include "gpulaunch/options/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iostream>

using namespace gpulaunch;

namespace {

struct Record {
  std::string name;
  std::string signature;
  std::vector<std::string> lines;
};

std::vector<Record> read_records() {
  std::ifstream stream(GPULAUNCH_RECORDS);
  std::vector<Record> records;
  for (std::string line; std::getline(stream, line);) {
    if (line.starts_with('#')) continue;
    Record record;
    const auto fields = text::split(line, '\t');
    record.name = fields.at(0);
    record.signature = fields.at(1);
    for (std::size_t i = 3; i < fields.size(); ++i) record.lines.emplace_back(fields[i]);  // 2 is how it ended
    records.push_back(std::move(record));
  }
  return records;
}

// The signatures that know the text, the most specific first.
std::vector<const Signature*> takers_of(const std::vector<std::string>& lines) {
  static const auto signatures = built_in_signatures();
  static const Matcher matcher(signatures);
  std::vector<const Signature*> found;
  for (const auto& one : matcher.sight({lines.begin(), lines.end()}).found) found.push_back(&signatures[one.signature]);
  std::stable_sort(found.begin(), found.end(), [](const auto* a, const auto* b) { return a->weight > b->weight; });
  return found;
}

bool is_recognised(const Record& record, const std::vector<const Signature*>& found) {
  return !found.empty() && found.front()->id == record.signature;
}

// What else could be blamed for it as well as the right one.
std::string confusions(const Record& record, const std::vector<const Signature*>& found) {
  std::string others;
  for (const auto* one : found) {
    const bool blames = one->role == Role::cause || one->role == Role::ambiguous;
    if (one->id == record.signature || !blames || one->weight < found.front()->weight) continue;
    others += (others.empty() ? "" : ", ") + one->id;
  }
  return others;
}

}  // namespace

TEST_CASE("each failure that was met in the wild is recognised") {
  const auto records = read_records();
  CHECK(records.size() > 150);
  for (const auto& record : records) {
    const auto found = takers_of(record.lines);
    INFO(record.name << " is taken for " << (found.empty() ? "nothing" : found.front()->id));
    CHECK(is_recognised(record, found));
    CHECK(confusions(record, found).empty());
  }
}

TEST_CASE("what each failure that was met in the wild is taken for", "[.][table]") {
  std::size_t recognised = 0;
  const auto records = read_records();
  for (const auto& record : records) {
    const auto found = takers_of(record.lines);
    const auto others = confusions(record, found);
    if (is_recognised(record, found)) ++recognised;
    std::cout << fmt::format("{:<4}{:<40}{:<40}{}\n", is_recognised(record, found) ? "yes" : "NO", record.name,
                             found.empty() ? "-" : found.front()->id, others.empty() ? "" : "confused with " + others);
  }
  std::cout << fmt::format("{} of {} recognised\n", recognised, records.size());
  CHECK(recognised == records.size());
}
