#include "gpulaunch/diagnosis/matching/packed_signature.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <iterator>
#include <optional>
#include <utility>

namespace gpulaunch {
namespace {

// A number is its digits and a blank, a text its length and its bytes, a list its length and its elements.
class Packer {
 public:
  [[nodiscard]] std::string take() { return std::move(packed_); }

  void put(int number) { fmt::format_to(std::back_inserter(packed_), "{} ", number); }
  void put(std::size_t number) { fmt::format_to(std::back_inserter(packed_), "{} ", number); }
  void put(Role role) { put(static_cast<int>(role)); }
  void put(Strength strength) { put(static_cast<int>(strength)); }
  void put(const std::string& text) {
    put(text.size());
    packed_ += text;
  }
  void put(const EndPattern& end) {
    put(end.code.value_or(none));
    put(end.signo.value_or(none));
    put(end.core ? 1 : 0);
  }
  template <class T>
  void put(const std::vector<T>& list) {
    put(list.size());
    for (const auto& element : list) put(element);
  }

  static constexpr int none = -1;

 private:
  std::string packed_;
};

class Unpacker {
 public:
  explicit Unpacker(std::string_view& text) : text_(text) {}

  void get(int& number) {
    number = 0;
    const auto end = std::from_chars(text_.data(), text_.data() + text_.size(), number).ptr;
    const auto digits = static_cast<std::size_t>(end - text_.data());
    text_.remove_prefix(std::min(digits + 1, text_.size()));
  }
  void get(Role& role) { role = static_cast<Role>(number()); }
  void get(Strength& strength) { strength = static_cast<Strength>(number()); }
  void get(std::string& text) {
    text = text_.substr(0, size());
    text_.remove_prefix(text.size());
  }
  void get(EndPattern& end) {
    end.code = number_or_none();
    end.signo = number_or_none();
    end.core = number() != 0;
  }
  template <class T>
  void get(std::vector<T>& list) {
    list.resize(size());
    for (auto& element : list) get(element);
  }

 private:
  [[nodiscard]] int number() {
    int result = 0;
    get(result);
    return result;
  }
  [[nodiscard]] std::size_t size() { return static_cast<std::size_t>(number()); }
  [[nodiscard]] std::optional<int> number_or_none() {
    const int result = number();
    return result == Packer::none ? std::nullopt : std::optional(result);
  }

  std::string_view& text_;
};

// The order in which everything is packed, for both directions.
template <class Each, class AnySignature>
void for_each_field(AnySignature& signature, Each each) {
  each(signature.id);
  each(signature.role);
  each(signature.weight);
  each(signature.all);
  each(signature.any);
  each(signature.none);
  each(signature.ends);
  each(signature.evidence);
  each(signature.strength);
  each(signature.certain_if);
  each(signature.cause);
  each(signature.fix);
  each(signature.runtime);
}

}  // namespace

std::string pack_signature(const Signature& signature) {
  Packer packer;
  for_each_field(signature, [&](const auto& field) { packer.put(field); });
  return packer.take();
}

Signature unpack_signature(std::string_view& text) {
  Signature signature;
  Unpacker unpacker(text);
  for_each_field(signature, [&](auto& field) { unpacker.get(field); });
  return signature;
}

}  // namespace gpulaunch
