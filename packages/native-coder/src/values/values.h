// What is asked of all values of a tile at once, in loops that become vectors. Doubles in a fixed order, never contracted: the same
// bits on every machine.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace fieldzip {

// A value is missing if it is NaN, infinite or equal to a fill value. The least and the greatest of those present; a zero has no sign. Where
// none is present, the minimum is infinity and the maximum its negative.
struct ValueScan {
  double minimum, maximum;
  bool missing;  // whether any is
};

template <typename T>
ValueScan scanValues(std::span<const T> values, std::span<const T> fills);

// Bits of the missing values in the order met, at most `most` of them: more are not told apart, and `tooMany` is set.
struct MissingValues {
  std::vector<uint64_t> patterns;
  bool tooMany;
};

// `classes` get 0 where a value is present, k where the k-th pattern stands.
template <typename T>
MissingValues classifyMissing(std::span<const T> values, std::span<const T> fills, size_t most, std::span<uint8_t> classes);

// Integers floor((value - minimum) / step + 0.5), from 0 to the greatest of their type, and the values minimum + integer * step that they stand for. False if
// one of those is further than `bound` from its value and not masked; an empty mask masks nothing. What is given then is not whole.
template <typename T>
bool toLattice(std::span<const T> values, std::span<const uint8_t> mask, double minimum, double step, double bound, std::span<int32_t> integers,
               std::span<T> restored);

// The values of such integers.
template <typename T>
void fromLattice(std::span<const int32_t> integers, double minimum, double step, std::span<T> values);

// Whether no value that is not masked is further than `bound` from what was restored of it; a NaN is.
template <typename T>
bool keepsBound(std::span<const T> values, std::span<const T> restored, std::span<const uint8_t> mask, double bound);

// Root of the mean squared error of the values that are not masked; NaN if an error is, infinity if one is infinite, 0 without a value.
template <typename T>
double rootMeanSquare(std::span<const T> values, std::span<const T> restored, std::span<const uint8_t> mask);

}  // namespace fieldzip
