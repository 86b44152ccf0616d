#include "cdf/fixed_point.h"

namespace fieldzip {
namespace {

// 2^(-2^-k) for k = 1..32, in Q64, rounded down.
constexpr uint64_t kExp2Roots[32] = {
    0xb504f333f9de6484ULL, 0xd744fccad69d6af4ULL, 0xeac0c6e7dd24392eULL, 0xf5257d152486cc2cULL,
    0xfa83b2db722a033aULL, 0xfd3e0c0cf486c174ULL, 0xfe9e115c7b8f884bULL, 0xff4ecb59511ec8a5ULL,
    0xffa756521c8daed1ULL, 0xffd3a751c0f7e10bULL, 0xffe9d2b2f7db2755ULL, 0xfff4e91bff1b8c3dULL,
    0xfffa747ea0040664ULL, 0xfffd3a3b7814eb53ULL, 0xfffe9d1cc60ddab1ULL, 0xffff4e8e25879bfaULL,
    0xffffa7470363f451ULL, 0xffffd3a37dda0313ULL, 0xffffe9d1bdf703aeULL, 0xfffff4e8debe025eULL,
    0xfffffa746f4fa150ULL, 0xfffffd3a37a3f8b0ULL, 0xfffffe9d1bd1065aULL, 0xffffff4e8de845adULL,
    0xffffffa746f41376ULL, 0xffffffd3a37a05e3ULL, 0xffffffe9d1bd01fbULL, 0xfffffff4e8de80c0ULL,
    0xfffffffa746f4050ULL, 0xfffffffd3a37a024ULL, 0xfffffffe9d1bd011ULL, 0xffffffff4e8de808ULL,
};

// 2^(-b/4) and log2(e) * 2^(-b/4) for b = 0..3, in Q48.
constexpr uint64_t kQuarterPowers[4] = {0x1000000000000ULL, 0xd744fccad69dULL, 0xb504f333f9deULL, 0x9837f0518db9ULL};
constexpr uint64_t kLog2eQuarterPowers[4] = {0x171547652b830ULL, 0x136917682ad68ULL, 0x10527dbd87e25ULL,
                                             0xdb9ada1b603fULL};
constexpr uint64_t kLog2eQ30 = 0x5c551d95ULL;
constexpr uint64_t kInverseSqrt2PiQ64 = 0x662114cf50d94234ULL;

// 1 / (1 + e^-x) for x >= 0, given y = x * log2(e).
int32_t logisticUpper(uint64_t yQ32) {
  const uint64_t expQ32 = exp2Negative(yQ32) >> 31;
  return static_cast<int32_t>((1ULL << 62) / ((1ULL << 32) + expQ32));
}

// The standard normal CDF for z >= 0 by phi(z) * (z + z^3/3 + z^5/15 + ...): every term is positive, so nothing cancels.
int32_t normalUpper(uint64_t zQ32) {
  if (zQ32 >= (6ULL << 32)) return kCdfOne;  // the tail is below 2^-29
  const uint64_t z = zQ32 >> 4;              // Q28
  const uint64_t zz = (z * z) >> 28;
  uint64_t sum = 0;
  uint64_t term = z;
  for (uint64_t n = 3; term != 0; n += 2) {
    sum += term;
    term = mulShift64(term, zz, 28) / n;
  }
  const uint64_t density = mulHigh64(exp2Negative((zz * kLog2eQ30) >> 27), kInverseSqrt2PiQ64);  // Q63
  const uint64_t half = mulShift64(density, sum, 61);                                            // Q30
  const uint64_t value = (kCdfOne >> 1) + half;
  return value > static_cast<uint64_t>(kCdfOne) ? kCdfOne : static_cast<int32_t>(value);
}

}  // namespace

uint64_t mulHigh64(uint64_t a, uint64_t b) {
  const uint64_t aLow = a & 0xffffffffU, aHigh = a >> 32;
  const uint64_t bLow = b & 0xffffffffU, bHigh = b >> 32;
  const uint64_t low = aLow * bLow;
  const uint64_t mid1 = aHigh * bLow + (low >> 32);
  const uint64_t mid2 = aLow * bHigh + (mid1 & 0xffffffffU);
  return aHigh * bHigh + (mid1 >> 32) + (mid2 >> 32);
}

uint64_t mulShift64(uint64_t a, uint64_t b, int shift) { return (mulHigh64(a, b) << (64 - shift)) | ((a * b) >> shift); }

uint64_t exp2Negative(uint64_t yQ32) {
  const uint64_t whole = yQ32 >> 32;
  if (whole >= 63) return 0;
  uint64_t result = 1ULL << 63;
  for (int k = 0; k < 32; ++k) {
    if ((yQ32 >> (31 - k)) & 1U) result = mulHigh64(result, kExp2Roots[k]);
  }
  return result >> whole;
}

int32_t cdfQ30(Family family, int scale, int eighths) {
  const uint64_t distance = static_cast<uint64_t>(eighths < 0 ? -eighths : eighths);
  // x / s = distance / 8 * 2^((16 - scale) / 4) = distance * 2^(-b/4) * 2^(1 - a) with scale = 4a + b.
  const int shift = 15 + scale / 4;
  const int32_t upper = family == Family::logistic
                            ? logisticUpper((distance * kLog2eQuarterPowers[scale % 4]) >> shift)
                            : normalUpper((distance * kQuarterPowers[scale % 4]) >> shift);
  return eighths < 0 ? kCdfOne - upper : upper;
}

}  // namespace fieldzip
