// Integers on a grid, coded without loss: each is predicted from those before it, and what is left is coded with a
// distribution that follows its surroundings.
//
//   byte         0: every known value is the minimum; 1: values step by a common step; 2: values by rank in a palette
//   signed       minimum
//   varint       step (not for 0, nor is anything that follows)
//   varints      (2) number of palette entries beyond the minimum, length of the palette's bytes; those bytes
//   varint       greatest index; if it has more than 52 bits, a varint, the length of the interval stream of the bits below
//                those 52, and that stream
//   the plan, see plan.h; the rest is one interval stream (interval_rans.h), or strips (strips.h)
//
// docs/format.md has it in full.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace fieldzip {

class Perceptron;

enum class PredictEffort : uint8_t { fast = 0, balanced = 1, best = 2 };

// What a coder may use. The network is asked by efforts above fast; a stream says whether it was, and then a decoder needs the
// same one. No byte depends on the threads.
struct PredictMeans {
  const Perceptron* network = nullptr;
  size_t threads = 1;
};

// `mask` is empty, or holds 0 where a value is known; the others are not coded, and decode to 0. The stream does not hold
// the shape or the mask. All throw std::invalid_argument when lengths do not agree, and when a stream needs a network and
// there is none.
std::vector<uint8_t> encodeLattice(std::span<const int32_t> lattice, std::span<const uint8_t> mask, size_t rows,
                                   size_t columns, PredictEffort effort, const PredictMeans& means = {});
std::vector<uint8_t> encodeLattice(std::span<const int64_t> lattice, std::span<const uint8_t> mask, size_t rows,
                                   size_t columns, PredictEffort effort, const PredictMeans& means = {});

// These throw CorruptStream as well; the lattice is then meaningless.
void decodeLattice(std::span<const uint8_t> bytes, std::span<const uint8_t> mask, size_t rows, size_t columns,
                   std::span<int32_t> lattice, const PredictMeans& means = {});
void decodeLattice(std::span<const uint8_t> bytes, std::span<const uint8_t> mask, size_t rows, size_t columns,
                   std::span<int64_t> lattice, const PredictMeans& means = {});

// About how many bits encodeLattice would need (balanced, with a network), from a sample of at most 4096 values: within some
// 25 % mostly, for a choice between codecs. Costs little beside coding.
double estimateLattice(std::span<const int32_t> lattice, std::span<const uint8_t> mask, size_t rows, size_t columns);
double estimateLattice(std::span<const int64_t> lattice, std::span<const uint8_t> mask, size_t rows, size_t columns);

// Floating-point values bit for bit, NaN payloads and -0 included: coded as the integers that have the same order.
std::vector<uint8_t> encodeExact(std::span<const float> values, std::span<const uint8_t> mask, size_t rows,
                                 size_t columns, PredictEffort effort, const PredictMeans& means = {});
std::vector<uint8_t> encodeExact(std::span<const double> values, std::span<const uint8_t> mask, size_t rows,
                                 size_t columns, PredictEffort effort, const PredictMeans& means = {});
void decodeExact(std::span<const uint8_t> bytes, std::span<const uint8_t> mask, size_t rows, size_t columns,
                 std::span<float> values, const PredictMeans& means = {});
void decodeExact(std::span<const uint8_t> bytes, std::span<const uint8_t> mask, size_t rows, size_t columns,
                 std::span<double> values, const PredictMeans& means = {});

}  // namespace fieldzip
