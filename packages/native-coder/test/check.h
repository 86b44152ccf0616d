// A test is a function; a failed check prints where and ends the program.
#pragma once

#include <cstdio>
#include <cstdlib>

#define CHECK(condition)                                                              \
  do {                                                                                \
    if (!(condition)) {                                                               \
      std::fprintf(stderr, "%s:%d: failed: %s\n", __FILE__, __LINE__, #condition);    \
      std::exit(1);                                                                   \
    }                                                                                 \
  } while (false)

#define CHECK_THROWS(expression, Type)                                                                        \
  do {                                                                                                        \
    bool thrown = false;                                                                                      \
    try {                                                                                                     \
      expression;                                                                                             \
    } catch (const Type&) {                                                                                   \
      thrown = true;                                                                                          \
    }                                                                                                         \
    if (!thrown) {                                                                                            \
      std::fprintf(stderr, "%s:%d: did not throw " #Type ": %s\n", __FILE__, __LINE__, #expression);          \
      std::exit(1);                                                                                           \
    }                                                                                                         \
  } while (false)

#define CHECK_HASH(actual, expected)                                                                       \
  do {                                                                                                     \
    const unsigned long long found = (actual);                                                             \
    if (found != (expected)) {                                                                             \
      std::fprintf(stderr, "%s:%d: hash is 0x%llxULL, not " #expected "\n", __FILE__, __LINE__, found);    \
      std::exit(1);                                                                                        \
    }                                                                                                      \
  } while (false)

#define RUN(test)                     \
  do {                                \
    std::printf("%s\n", #test);       \
    std::fflush(stdout);              \
    test();                           \
  } while (false)
