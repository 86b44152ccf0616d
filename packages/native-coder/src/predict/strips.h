// A tile as strips of rows, each walked in lockstep (lockstep.h) with states of its own, so that several threads share the
// work. How many strips there are follows from the tile's shape, never from the threads.
//
//   varint      number of strips
//   varints     bytes of each strip's stream but the last
//   the streams (lane_rans.h)
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "predict/bytes.h"
#include "predict/perceptron.h"
#include "predict/plan.h"

namespace fieldzip {

// Narrower tiles would make rows wait for each other, and low ones have too few rows.
bool suitsStrips(size_t rows, size_t columns);

// `indices` from 0 to range; mask null when everything is known.
template <typename T>
std::vector<uint8_t> encodeStrips(const Plan& plan, const Perceptron& network, std::span<T> indices, const uint8_t* mask, size_t rows,
                                  size_t columns, int64_t range, size_t threads);

// In place; throws CorruptStream.
template <typename T>
void decodeStrips(const Plan& plan, const Perceptron& network, ByteReader& in, std::span<T> indices, const uint8_t* mask, size_t rows,
                  size_t columns, int64_t range, size_t threads);

extern template std::vector<uint8_t> encodeStrips(const Plan&, const Perceptron&, std::span<int32_t>, const uint8_t*, size_t, size_t, int64_t, size_t);
extern template std::vector<uint8_t> encodeStrips(const Plan&, const Perceptron&, std::span<int64_t>, const uint8_t*, size_t, size_t, int64_t, size_t);
extern template void decodeStrips(const Plan&, const Perceptron&, ByteReader&, std::span<int32_t>, const uint8_t*, size_t, size_t, int64_t, size_t);
extern template void decodeStrips(const Plan&, const Perceptron&, ByteReader&, std::span<int64_t>, const uint8_t*, size_t, size_t, int64_t, size_t);

}  // namespace fieldzip
