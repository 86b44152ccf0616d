#include "values/values.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <type_traits>

#include "wide_loops.h"

namespace fieldzip {
namespace {

// Values at a time: after each block it is seen whether to go on. Sums and extremes are kept for each of so many columns.
constexpr size_t kBlock = 4096;
constexpr size_t kColumns = 16;

void checkLengths(size_t values, size_t others, size_t mask) {
  if (others != values) throw std::invalid_argument("there must be as many values on either side");
  if (mask != 0 && mask != values) throw std::invalid_argument("the mask must have an entry for every value");
}

template <typename T>
bool isMissing(T value, std::span<const T> fills) {
  // The difference is NaN for NaN and infinities, and 0 for the rest.
  return value - value != 0 || std::find(fills.begin(), fills.end(), value) != fills.end();
}

template <typename T>
struct Extremes {
  std::array<T, kColumns> least, greatest;
  Extremes() {
    least.fill(std::numeric_limits<T>::infinity());
    greatest.fill(-std::numeric_limits<T>::infinity());
  }
  void add(const T* __restrict values, size_t count) {
    auto low = least, high = greatest;
    size_t i = 0;
    for (; i + kColumns <= count; i += kColumns) {
      for (size_t j = 0; j < kColumns; ++j) {
        low[j] = values[i + j] < low[j] ? values[i + j] : low[j];
        high[j] = values[i + j] > high[j] ? values[i + j] : high[j];
      }
    }
    for (; i < count; ++i) {
      low[0] = std::min(low[0], values[i]);
      high[0] = std::max(high[0], values[i]);
    }
    least = low;
    greatest = high;
  }
};

// Fills beyond the first few are rare, and looked for one value at a time.
template <typename T>
bool anyMissing(const T* __restrict values, size_t count, std::span<const T> fills) {
  using Bits = std::conditional_t<sizeof(T) == 4, uint32_t, uint64_t>;
  Bits found = 0;
  const T zero = 0;
  for (size_t i = 0; i < count; ++i) found |= static_cast<Bits>(!(values[i] - values[i] == zero));
  for (const T fill : fills) {
    for (size_t i = 0; i < count; ++i) found |= static_cast<Bits>(values[i] == fill);
  }
  return found != 0;
}

template <typename T>
void latticeBlock(const T* __restrict values, size_t count, double minimum, double step, int32_t* __restrict integers, T* __restrict restored) {
  constexpr double kMost = std::numeric_limits<int32_t>::max();
  for (size_t i = 0; i < count; ++i) {
    const double place = (static_cast<double>(values[i]) - minimum) / step + 0.5;
    // Only what is masked may be beyond. Written so that a NaN becomes a number too.
    const double above = place > 0.0 ? place : 0.0;
    const double within = above < kMost ? above : kMost;
    integers[i] = static_cast<int32_t>(within);
    restored[i] = static_cast<T>(minimum + static_cast<double>(integers[i]) * step);
  }
}

}  // namespace

template <typename T>
ValueScan scanValues(std::span<const T> values, std::span<const T> fills) {
  return runWide([&] {
    Extremes<T> extremes;
    bool missing = false;
    for (size_t from = 0; from < values.size(); from += kBlock) {
      const auto block = values.subspan(from, std::min(kBlock, values.size() - from));
      if (!anyMissing(block.data(), block.size(), fills)) {
        extremes.add(block.data(), block.size());
        continue;
      }
      missing = true;
      for (const T& value : block) {
        if (!isMissing(value, fills)) extremes.add(&value, 1);
      }
    }
    const double least = *std::min_element(extremes.least.begin(), extremes.least.end());
    const double greatest = *std::max_element(extremes.greatest.begin(), extremes.greatest.end());
    // The sum of -0 and 0 is 0.
    return ValueScan{least + 0.0, greatest + 0.0, missing};
  });
}

template <typename T>
MissingValues classifyMissing(std::span<const T> values, std::span<const T> fills, size_t most, std::span<uint8_t> classes) {
  if (classes.size() != values.size()) throw std::invalid_argument("there must be a class for every value");
  if (most > 255) throw std::invalid_argument("there are at most 255 classes");
  using Bits = std::conditional_t<sizeof(T) == 4, uint32_t, uint64_t>;
  MissingValues found{{}, false};
  // Mostly it is the pattern of the missing value before.
  uint64_t lastPattern = 0;
  uint8_t lastClass = 0;
  for (size_t i = 0; i < values.size(); ++i) {
    classes[i] = 0;
    if (!isMissing(values[i], fills)) continue;
    const uint64_t pattern = std::bit_cast<Bits>(values[i]);
    if (lastClass == 0 || pattern != lastPattern) {
      const auto at = std::find(found.patterns.begin(), found.patterns.end(), pattern);
      if (at == found.patterns.end()) {
        if (found.patterns.size() == most) {
          found.tooMany = true;
          continue;
        }
        found.patterns.push_back(pattern);
        lastClass = static_cast<uint8_t>(found.patterns.size());
      } else {
        lastClass = static_cast<uint8_t>(at - found.patterns.begin() + 1);
      }
      lastPattern = pattern;
    }
    classes[i] = lastClass;
  }
  return found;
}

template <typename T>
bool keepsBound(std::span<const T> values, std::span<const T> restored, std::span<const uint8_t> mask, double bound) {
  checkLengths(values.size(), restored.size(), mask.size());
  return runWide([&] {
    const T *__restrict a = values.data(), *__restrict b = restored.data();
    for (size_t from = 0; from < values.size(); from += kBlock) {
      const size_t end = std::min(from + kBlock, values.size());
      // Written so that a NaN fails too.
      uint64_t missed = 0;
      for (size_t i = from; i < end; ++i) missed |= static_cast<uint64_t>(!(std::abs(static_cast<double>(b[i]) - static_cast<double>(a[i])) <= bound));
      if (missed == 0) continue;
      if (mask.empty()) return false;
      for (size_t i = from; i < end; ++i) {
        if (mask[i] == 0 && !(std::abs(static_cast<double>(b[i]) - static_cast<double>(a[i])) <= bound)) return false;
      }
    }
    return true;
  });
}

template <typename T>
bool toLattice(std::span<const T> values, std::span<const uint8_t> mask, double minimum, double step, double bound, std::span<int32_t> integers,
               std::span<T> restored) {
  checkLengths(values.size(), restored.size(), mask.size());
  if (integers.size() != values.size()) throw std::invalid_argument("there must be an integer for every value");
  return runWide([&] {
    for (size_t start = 0; start < values.size(); start += kBlock) {
      const size_t end = std::min(start + kBlock, values.size());
      latticeBlock(values.data() + start, end - start, minimum, step, integers.data() + start, restored.data() + start);
      const auto part = [&](const auto& all) { return all.empty() ? all : all.subspan(start, end - start); };
      if (!keepsBound<T>(part(values), part(std::span<const T>(restored)), part(mask), bound)) return false;
    }
    return true;
  });
}

template <typename T>
void fromLattice(std::span<const int32_t> integers, double minimum, double step, std::span<T> values) {
  checkLengths(values.size(), integers.size(), 0);
  runWide([&] {
    const int32_t* __restrict from = integers.data();
    T* __restrict to = values.data();
    for (size_t i = 0; i < values.size(); ++i) to[i] = static_cast<T>(minimum + static_cast<double>(from[i]) * step);
    return true;
  });
}

template <typename T>
double rootMeanSquare(std::span<const T> values, std::span<const T> restored, std::span<const uint8_t> mask) {
  checkLengths(values.size(), restored.size(), mask.size());
  return runWide([&] {
    const T *__restrict a = values.data(), *__restrict b = restored.data();
    const auto errorAt = [&](size_t i) { return mask.empty() || mask[i] == 0 ? static_cast<double>(b[i]) - static_cast<double>(a[i]) : 0.0; };
    const auto each = [&](auto&& use) {
      for (size_t i = 0; i < values.size(); i += kColumns) {
        const size_t end = std::min(kColumns, values.size() - i);
        for (size_t j = 0; j < end; ++j) use(j, errorAt(i + j));
      }
    };
    std::array<double, kColumns> largest{}, sums{}, zeros{};
    each([&](size_t j, double error) {
      const double size = std::abs(error);
      largest[j] = size > largest[j] ? size : largest[j];
      // NaN from NaN and infinities.
      zeros[j] += size * 0;
    });
    const double most = *std::max_element(largest.begin(), largest.end());
    double finite = 0;
    for (const double zero : zeros) finite += zero;
    if (finite != 0 && !std::isinf(most)) return finite;
    if (most == 0 || std::isinf(most)) return most;
    each([&](size_t j, double error) {
      const double share = error / most;
      sums[j] += share * share;
    });
    double sum = 0;
    for (const double part : sums) sum += part;
    const size_t count = mask.empty() ? values.size() : static_cast<size_t>(std::count(mask.begin(), mask.end(), uint8_t{0}));
    return most * std::sqrt(sum / static_cast<double>(count));
  });
}

#define FIELDZIP_VALUES_OF(T)                                                                                                    \
  template ValueScan scanValues(std::span<const T>, std::span<const T>);                                                         \
  template MissingValues classifyMissing(std::span<const T>, std::span<const T>, size_t, std::span<uint8_t>);                    \
  template bool toLattice(std::span<const T>, std::span<const uint8_t>, double, double, double, std::span<int32_t>, std::span<T>); \
  template void fromLattice(std::span<const int32_t>, double, double, std::span<T>);                                             \
  template bool keepsBound(std::span<const T>, std::span<const T>, std::span<const uint8_t>, double);                            \
  template double rootMeanSquare(std::span<const T>, std::span<const T>, std::span<const uint8_t>);
FIELDZIP_VALUES_OF(float)
FIELDZIP_VALUES_OF(double)
#undef FIELDZIP_VALUES_OF

}  // namespace fieldzip
