// The built-in signatures themselves: their form, and whether they know what they say they know, and nothing else.
#include "catch.hpp"
#include "gpulaunch/diagnosis/matching/fact_names.hpp"
#include "gpulaunch/diagnosis/matching/matcher.hpp"
#include "gpulaunch/diagnosis/matching/signature.hpp"
#include "known_signatures.hpp"
#include "paraphrase.hpp"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <set>

using namespace gpulaunch;
using namespace gpulaunch::testing;

namespace {

using Texts = std::vector<std::string>;

std::vector<const Signature*> known_by(const Texts& lines) {
  static const Matcher matcher(known_signatures());
  std::vector<const Signature*> found;
  for (const auto& one : matcher.sight({lines.begin(), lines.end()}).found) {
    found.push_back(&known_signatures()[one.signature]);
  }
  return found;
}

bool has_text(const Signature& signature) { return !signature.all.empty() || !signature.any.empty(); }

bool blames(const Signature& signature) { return signature.role == Role::cause || signature.role == Role::ambiguous; }

bool names(const Texts& texts, const std::string& text) {
  return std::find(texts.begin(), texts.end(), text) != texts.end();
}

std::string as_text(const Texts& lines) {
  std::string text;
  for (const auto& line : lines) text += line + '\n';
  return text;
}

template <class Check>
void for_each_sample(Check check) {
  for (const auto& signature : known_signatures()) {
    for (const auto& sample : signature.samples) check(signature, sample);
  }
}

bool is_sentence(const std::string& text) {
  const auto first = static_cast<unsigned char>(text.front());
  return std::islower(first) == 0 && text.back() == '.' && text.find("TODO") == std::string::npos;
}

Texts texts_of(const std::filesystem::path& file) {
  std::ifstream stream(file);
  Texts lines;
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

Texts healthy_texts() {
  Texts all;
  for (const auto& file : std::filesystem::directory_iterator(GPULAUNCH_HEALTHY_DIR)) {
    for (auto& line : texts_of(file.path())) all.push_back(std::move(line));
  }
  return all;
}

Texts each_paraphrased(const Texts& lines, std::mt19937& random) {
  Texts others;
  for (const auto& line : lines) others.push_back(paraphrased(line, random));
  return others;
}

}  // namespace

TEST_CASE("no two built-in signatures have one name") {
  std::set<std::string> ids;
  for (const auto& signature : known_signatures()) CHECK(ids.insert(signature.id).second);
  CHECK(ids.size() > 200);
}

TEST_CASE("each built-in signature says cause and fix in sentences") {
  for (const auto& signature : known_signatures()) {
    INFO(signature.id);
    REQUIRE_FALSE(signature.cause.empty());
    CHECK(is_sentence(signature.cause));
    if (signature.fix.empty()) {
      CHECK((signature.role == Role::secondary || signature.role == Role::pointer));
    } else {
      CHECK(is_sentence(signature.fix));
    }
  }
}

TEST_CASE("each built-in signature names facts that there are") {
  for (const auto& signature : known_signatures()) {
    INFO(signature.id);
    for (const auto& fact : signature.evidence) CHECK(is_known_fact(fact));
    for (const auto& fact : signature.certain_if) CHECK(is_known_fact(fact));
  }
}

TEST_CASE("each built-in signature with a text has a sample of it") {
  for (const auto& signature : known_signatures()) {
    INFO(signature.id);
    CHECK(signature.samples.empty() != has_text(signature));
  }
}

TEST_CASE("each sample is recognised by its signature") {
  for_each_sample([](const Signature& signature, const Sample& sample) {
    INFO(signature.id << ": " << as_text(sample.lines));
    const auto found = known_by(sample.lines);
    CHECK(std::find(found.begin(), found.end(), &signature) != found.end());
  });
}

TEST_CASE("no sample is taken for another failure, unless it says so") {
  for_each_sample([](const Signature& signature, const Sample& sample) {
    for (const auto* other : known_by(sample.lines)) {
      if (other == &signature || !blames(*other) || other->weight < signature.weight) continue;
      INFO(signature.id << " is also " << other->id << ": " << as_text(sample.lines));
      CHECK(names(sample.also, other->id));
    }
  });
}

TEST_CASE("a sample names no other failure than it is taken for") {
  for_each_sample([](const Signature& signature, const Sample& sample) {
    const auto found = known_by(sample.lines);
    for (const auto& id : sample.also) {
      INFO(signature.id << " is not " << id << ": " << as_text(sample.lines));
      CHECK(std::any_of(found.begin(), found.end(), [&](const Signature* one) { return one->id == id; }));
    }
  });
}

TEST_CASE("samples are recognised with other numbers, addresses, hosts and folders") {
  std::mt19937 random(20240229);  // NOLINT(cert-msc32-c,cert-msc51-cpp): failures must come again
  for (int round = 0; round < 5; ++round) {
    for_each_sample([&](const Signature& signature, const Sample& sample) {
      const auto lines = each_paraphrased(sample.lines, random);
      const auto found = known_by(lines);
      INFO(signature.id << ": " << as_text(lines));
      CHECK(std::find(found.begin(), found.end(), &signature) != found.end());
    });
  }
}

TEST_CASE("nothing is recognised in what healthy programs print") {
  const auto lines = healthy_texts();
  CHECK(lines.size() > 100);
  for (const auto& line : lines) {
    for (const auto* signature : known_by({line})) {
      INFO(line << "\nis taken for " << signature->id);
      CHECK(signature->role == Role::hint);
    }
  }
}

TEST_CASE("samples are recognised amid what healthy programs print") {
  const auto healthy = healthy_texts();
  for_each_sample([&](const Signature& signature, const Sample& sample) {
    auto lines = healthy;
    lines.insert(lines.end(), sample.lines.begin(), sample.lines.end());
    const auto found = known_by(lines);
    INFO(signature.id << ": " << as_text(sample.lines));
    CHECK(std::find(found.begin(), found.end(), &signature) != found.end());
  });
}
