// Micro-benchmark: the best of several runs, on one core.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <random>
#include <vector>

#include "latents/latents.h"
#include "mask/mask.h"
#include "symbols/symbols.h"
#include "wavelet/wavelet.h"

using namespace fieldzip;

namespace {

// Time on the processor where there is such a clock, so that other processes disturb less.
double threadSeconds() {
#ifdef CLOCK_THREAD_CPUTIME_ID
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
#else
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
#endif
}

template <typename Run>
double bestSeconds(Run&& run, int runs = 9) {
  double best = 1e9;
  for (int i = 0; i < runs; ++i) {
    const double start = threadSeconds();
    run();
    best = std::min(best, threadSeconds() - start);
  }
  return best;
}

void benchLatents(const char* name, const TableSet& tables, uint32_t lowScale, uint32_t highScale, bool smooth) {
  const uint32_t size = 1024;
  const LatentShape shape{64, size / 8, size / 8, LatentShape::Layout::blocks8, size, size, false};
  std::mt19937 random(1);
  std::normal_distribution<double> normal;
  std::vector<uint8_t> params(shape.paramsSize());
  std::vector<float> y(shape.size()), q(shape.size()), back(shape.size());
  for (size_t i = 0; i < y.size(); ++i) {
    const uint32_t span = highScale - lowScale + 1;
    const uint32_t scale = lowScale + static_cast<uint32_t>(smooth ? (i / 4096) % span : random() % span);
    const uint32_t mean = 96 + random() % 64;
    params[i] = static_cast<uint8_t>(scale << 2);
    params[y.size() + i] = static_cast<uint8_t>(mean);
    y[i] = static_cast<float>(latentMean8(kScaleInfos[scale], mean) / 8.0 + normal(random) * std::exp2((scale - 16.0) / 4));
  }
  std::vector<uint8_t> bytes;
  const double n = static_cast<double>(y.size());
  const std::vector<float> plain(shape.channels, 0.0F), priced(shape.channels, 0.5F);
  const double encode = bestSeconds([&] { bytes = encodeLatents(tables, shape, y, params, plain, q); });
  const double encodeRdo = bestSeconds([&] { encodeLatents(tables, shape, y, params, priced, q); });
  bytes = encodeLatents(tables, shape, y, params, plain, q);
  const double decode = bestSeconds([&] { decodeLatents(tables, shape, bytes, params, back); });
  std::printf("latents %-34s %5.2f bits  encode %6.1f  encode+rdo %6.1f  decode %6.1f Msym/s%s\n", name,
              static_cast<double>(bytes.size()) * 8 / n, n / encode / 1e6, n / encodeRdo / 1e6, n / decode / 1e6,
              back == q ? "" : "  MISMATCH");
}

void benchSymbols(const TableSet& tables) {
  const size_t count = 1U << 20;
  std::mt19937 random(2);
  std::normal_distribution<double> normal;
  std::vector<int32_t> symbols(count), back(count);
  std::vector<uint16_t> index(count);
  for (size_t i = 0; i < count; ++i) {
    index[i] = static_cast<uint16_t>(random() % 64);
    symbols[i] = static_cast<int32_t>(std::lround(normal(random) * std::exp2((index[i] - 16.0) / 4)));
  }
  const auto bytes = encodeSymbols(tables, symbols, index, {});
  const double encode = bestSeconds([&] { encodeSymbols(tables, symbols, index, {}); });
  const double decode = bestSeconds([&] { decodeSymbols(tables, bytes, index, {}, back); });
  std::printf("symbols, 64 random gaussian scales         %5.2f bits  encode %6.1f                     decode %6.1f Msym/s%s\n",
              static_cast<double>(bytes.size()) * 8 / static_cast<double>(count), static_cast<double>(count) / encode / 1e6,
              static_cast<double>(count) / decode / 1e6, back == symbols ? "" : "  MISMATCH");
}

template <typename T>
void benchWavelet(const char* name, uint32_t size) {
  std::vector<T> data(static_cast<size_t>(size) * size);
  for (size_t i = 0; i < data.size(); ++i) data[i] = static_cast<T>(std::sin(static_cast<double>(i) * 0.01));
  const double forward = bestSeconds([&] { waveletForward(std::span<T>(data), size, size, 6); });
  const double inverse = bestSeconds([&] { waveletInverse(std::span<T>(data), size, size, 6); });
  std::printf("wavelet %s %ux%u, 6 levels: forward %.2f ms, inverse %.2f ms\n", name, size, size, forward * 1e3,
              inverse * 1e3);
}

void benchMask() {
  const uint32_t height = 384, width = 320;
  std::vector<uint8_t> classes(static_cast<size_t>(height) * width);
  for (uint32_t r = 0; r < height; ++r) {
    for (uint32_t c = 0; c < width; ++c) {
      const double level = std::sin(c / 30.0) + std::sin(r / 40.0) + 0.3 * std::sin(c / 7.0 + r / 9.0) +
                           0.1 * std::sin(c * 0.9) * std::sin(r * 0.8);
      classes[r * width + c] = level > 0.4 ? 1 : 0;
    }
  }
  std::vector<uint8_t> bytes, back(classes.size());
  std::vector<float> values(classes.size(), 1.5F);
  const double encode = bestSeconds([&] { bytes = encodeMask(classes, height, width); });
  const double decode = bestSeconds([&] { decodeMask(bytes, height, width, 1, back); });
  const double fill = bestSeconds([&] { fillMissing(std::span<float>(values), classes, height, width); });
  std::printf("mask, coast of %ux%u: %zu bytes, encode %.2f ms, decode %.2f ms, fill %.2f ms\n", height, width,
              bytes.size(), encode * 1e3, decode * 1e3, fill * 1e3);
}

}  // namespace

int main() {
  TableSet gaussian = makeScaleTables(Family::gaussian);
  const TableSet logistic = makeScaleTables(Family::logistic);
  std::printf("building 228 scale tables: %.2f ms\n", bestSeconds([&] { gaussian = makeScaleTables(Family::gaussian); }) * 1e3);
  benchLatents("gaussian, 64 scales at random", gaussian, 0, 63, false);
  benchLatents("gaussian, 64 scales in stretches", gaussian, 0, 63, true);
  benchLatents("gaussian, scales 0..31 at random", gaussian, 0, 31, false);
  benchLatents("gaussian, scales 0..31 in stretches", gaussian, 0, 31, true);
  benchLatents("gaussian, scales 0..12 in stretches", gaussian, 0, 12, true);
  benchLatents("logistic, scales 0..31 in stretches", logistic, 0, 31, true);
  benchSymbols(gaussian);
  benchWavelet<float>("float32", 1024);
  benchWavelet<double>("float64", 1024);
  benchMask();
  return 0;
}
