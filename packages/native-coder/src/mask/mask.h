// Where a slice has no value, and what stands there instead.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace fieldzip {

// `classes` is height x width, row-major: 0 where a value is present, k > 0 where the k-th missing pattern stands.
std::vector<uint8_t> encodeMask(std::span<const uint8_t> classes, uint32_t height, uint32_t width);

// Throws CorruptStream for bytes that encodeMask cannot have written and for a class above `patterns`.
void decodeMask(std::span<const uint8_t> bytes, uint32_t height, uint32_t width, uint32_t patterns,
                std::span<uint8_t> classes);

// Replaces the values of missing sites by a smooth extension of the present ones, within their minimum and maximum; by 0
// when no finite value is present. Present values are left alone. Linear in the number of sites.
template <typename T>
void fillMissing(std::span<T> values, std::span<const uint8_t> classes, uint32_t height, uint32_t width);

}  // namespace fieldzip
