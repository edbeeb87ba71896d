#include "gpulaunch/plan/words.hpp"

#include "catch.hpp"

using namespace gpulaunch;
using Words = std::vector<std::string>;

TEST_CASE("words are split as a shell splits them") {
  CHECK(split_words("").value() == Words{});
  CHECK(split_words("  nsys  profile\t-o r{rank}\n").value() == Words{"nsys", "profile", "-o", "r{rank}"});
  CHECK(split_words(R"(a 'b c' "d e" f\ g)").value() == Words{"a", "b c", "d e", "f g"});
  CHECK(split_words(R"('' "" x'y'"z")").value() == Words{"", "", "xyz"});
  CHECK(split_words(R"("a\"b\\c\$d\n")").value() == Words{R"(a"b\c$d\n)"});
  CHECK(split_words(R"('back\slash')").value() == Words{R"(back\slash)"});
}

TEST_CASE("a quote that never closes and a backslash before nothing are errors") {
  CHECK(split_words("gdb 'x").error().message == "unbalanced ' quote");
  CHECK(split_words("gdb \"x").error().message == "unbalanced \" quote");
  CHECK(split_words("gdb x\\").error().message == "a backslash at the end escapes nothing");
  CHECK(split_words("gdb 'x").error().kind == ErrorKind::usage);
}

TEST_CASE("what quoting writes, splitting reads back") {
  const Words words{"plain-1.0_x/y:z=1,2@%+", "", "two words", "it's", "$HOME", "a\"b", "back\\slash", "\xff\xfe", "*"};
  CHECK(split_words(quote_words(words)).value() == words);
  CHECK(quote_word("train.py") == "train.py");
  CHECK(quote_word("it's") == R"('it'\''s')");
}

TEST_CASE("placeholders are replaced once, and other braces stay") {
  const Placeholders placeholders{{"rank", "3"}, {"local_rank", "1"}, {"host", "{rank}"}};
  CHECK(replace_placeholders("r{rank}-{local_rank}", placeholders) == "r3-1");
  CHECK(replace_placeholders("{host}", placeholders) == "{rank}");
  CHECK(replace_placeholders("{{rank}} {other} {rank {}", placeholders) == "{3} {other} {rank {}");
}
