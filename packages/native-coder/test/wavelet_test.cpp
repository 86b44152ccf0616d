// The wavelet: reconstruction at every size, gains, symmetry, the same bits everywhere.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <random>
#include <stdexcept>
#include <vector>

#include "check.h"
#include "wavelet/wavelet.h"

using namespace fieldzip;

namespace {

template <typename T>
std::vector<T> noise(size_t count, uint32_t seed) {
  std::mt19937 random(seed);
  std::vector<T> data(count);
  for (T& value : data) value = static_cast<T>(random()) / static_cast<T>(4294967296.0) - T(0.5);
  return data;
}

template <typename T>
void reconstructs(T tolerance) {
  for (uint32_t height = 1; height <= 40; ++height) {
    for (uint32_t width = 1; width <= 40; ++width) {
      const std::vector<T> original = noise<T>(static_cast<size_t>(height) * width, height * 100 + width);
      for (const uint32_t levels : {1U, 2U, 6U}) {
        std::vector<T> data = original;
        waveletForward(std::span<T>(data), height, width, levels);
        waveletInverse(std::span<T>(data), height, width, levels);
        for (size_t i = 0; i < data.size(); ++i) CHECK(std::fabs(data[i] - original[i]) < tolerance);
      }
    }
  }
}

void everySizeIsReconstructed() {
  reconstructs<float>(1e-6F * 4);
  reconstructs<double>(1e-13);
}

template <typename T>
void threadsChangeNoBit() {
  for (const auto& [height, width] : {std::pair{700U, 900U}, {1U, 600000U}, {600001U, 1U}, {3U, 200000U}}) {
    const std::vector<T> original = noise<T>(static_cast<size_t>(height) * width, 7);
    std::vector<T> forward = original;
    waveletForward(std::span<T>(forward), height, width, 3);
    std::vector<T> back = forward;
    waveletInverse(std::span<T>(back), height, width, 3);
    for (const size_t threads : {2, 3, 8}) {
      std::vector<T> data = original;
      waveletForward(std::span<T>(data), height, width, 3, threads);
      CHECK(data == forward);
      waveletInverse(std::span<T>(data), height, width, 3, threads);
      CHECK(data == back);
    }
  }
}

void aConstantHasNoDetailAndGainsTwoPerLevel() {
  for (const uint32_t height : {2U, 17U, 64U}) {
    for (const uint32_t width : {3U, 32U, 65U}) {
      std::vector<double> data(static_cast<size_t>(height) * width, 1.0);
      waveletForward(std::span<double>(data), height, width, 1);
      for (uint32_t r = 0; r < height; ++r) {
        for (uint32_t c = 0; c < width; ++c) {
          const double expected = r % 2 == 0 && c % 2 == 0 ? 2.0 : 0.0;
          CHECK(std::fabs(data[r * width + c] - expected) < 1e-13);
        }
      }
    }
  }
}

void aDimensionOfOneSampleIsLeftAlone() {
  std::vector<double> one = {3.5};
  waveletForward(std::span<double>(one), 1, 1, 5);
  CHECK(one[0] == 3.5);
  std::vector<double> row(9, 1.0), column(9, 1.0);
  waveletForward(std::span<double>(row), 1, 9, 1);
  waveletForward(std::span<double>(column), 9, 1, 1);
  CHECK(std::fabs(row[0] - std::sqrt(2.0)) < 1e-14);
  CHECK(row == column);
}

void transposingTheDataTransposesTheCoefficients() {
  const uint32_t height = 13, width = 22;
  const auto data = noise<double>(height * width, 4);
  std::vector<double> forward = data, transposed(data.size());
  for (uint32_t r = 0; r < height; ++r) {
    for (uint32_t c = 0; c < width; ++c) transposed[c * height + r] = data[r * width + c];
  }
  waveletForward(std::span<double>(forward), height, width, 3);
  waveletForward(std::span<double>(transposed), width, height, 3);
  for (uint32_t r = 0; r < height; ++r) {
    for (uint32_t c = 0; c < width; ++c) {
      CHECK(std::fabs(forward[r * width + c] - transposed[c * height + r]) < 1e-13);
    }
  }
}

// Level l of the interleaved layout is the one-level transform of the samples that level l - 1 left at stride 2^l.
void deeperLevelsWorkOnTheLowPassLattice() {
  const uint32_t size = 21, half = 11;
  auto two = noise<double>(size * size, 8);
  auto one = two;
  waveletForward(std::span<double>(two), size, size, 2);
  waveletForward(std::span<double>(one), size, size, 1);
  std::vector<double> low(half * half);
  for (uint32_t r = 0; r < half; ++r) {
    for (uint32_t c = 0; c < half; ++c) low[r * half + c] = one[2 * r * size + 2 * c];
  }
  waveletForward(std::span<double>(low), half, half, 1);
  for (uint32_t r = 0; r < half; ++r) {
    for (uint32_t c = 0; c < half; ++c) CHECK(two[2 * r * size + 2 * c] == low[r * half + c]);
  }
}

// The textbook formula, one sample at a time, gives the very same bits as the blocked and vectorised transform.
void theResultIsTheTextbooksBitForBit() {
  const auto lineForward = [](std::vector<float>& x) {
    const size_t n = x.size();
    if (n == 1) return;
    const auto at = [&](size_t i, int d) { return d < 0 ? (i == 0 ? x[1] : x[i - 1]) : (i + 1 < n ? x[i + 1] : x[i - 1]); };
    const float steps[] = {-1.586134342059924F, -0.052980118572961F, 0.882911075530934F, 0.443506852043971F};
    for (size_t s = 0; s < 4; ++s) {
      for (size_t i = 1 - s % 2; i < n; i += 2) x[i] = x[i] + steps[s] * (at(i, -1) + at(i, 1));
    }
    for (size_t i = 0; i < n; ++i) x[i] *= i % 2 == 0 ? 1.149604398860244552F : 0.869864451624778705F;
  };
  for (const uint32_t height : {1U, 2U, 5U, 16U}) {
    for (const uint32_t width : {1U, 2U, 33U, 5000U}) {
      auto data = noise<float>(static_cast<size_t>(height) * width, width);
      auto expected = data;
      waveletForward(std::span<float>(data), height, width, 1);
      for (uint32_t r = 0; r < height; ++r) {
        std::vector<float> line(expected.begin() + r * width, expected.begin() + (r + 1) * width);
        lineForward(line);
        std::copy(line.begin(), line.end(), expected.begin() + r * width);
      }
      for (uint32_t c = 0; c < width; ++c) {
        std::vector<float> line;
        for (uint32_t r = 0; r < height; ++r) line.push_back(expected[r * width + c]);
        lineForward(line);
        for (uint32_t r = 0; r < height; ++r) expected[r * width + c] = line[r];
      }
      CHECK(std::memcmp(data.data(), expected.data(), data.size() * sizeof(float)) == 0);
    }
  }
}

void latentsHoldEveryCoefficientOnce() {
  std::vector<float> gains(64), inverse(64);
  for (size_t i = 0; i < 64; ++i) {
    gains[i] = std::exp2(static_cast<float>(i % 5) - 2);
    inverse[i] = 1 / gains[i];
  }
  for (const uint32_t height : {1U, 8U, 13U}) {
    for (const uint32_t width : {1U, 5U, 16U, 31U}) {
      const auto coefficients = noise<float>(static_cast<size_t>(height) * width, 1);
      const size_t gridWidth = (width + 7) / 8, plane = (height + 7) / 8 * gridWidth;
      std::vector<float> latents(64 * plane, 9.0F), back(coefficients.size());
      toLatents(coefficients, height, width, gains, latents);
      for (size_t r = 0; r < height; ++r) {
        for (size_t c = 0; c < width; ++c) {
          const size_t channel = r % 8 * 8 + c % 8;
          CHECK(latents[channel * plane + r / 8 * gridWidth + c / 8] == coefficients[r * width + c] * gains[channel]);
        }
      }
      size_t zeros = 0;
      for (const float value : latents) zeros += value == 0.0F ? 1 : 0;
      CHECK(zeros == latents.size() - coefficients.size());
      fromLatents(latents, height, width, inverse, back);
      CHECK(back == coefficients);
    }
  }
}

void wrongSizesAreRefused() {
  std::vector<float> data(6), gains(64), latents(64);
  const std::span<float> six(data);
  CHECK_THROWS(waveletForward(six, 2, 2, 1), std::invalid_argument);
  CHECK_THROWS(waveletForward(six, 0, 6, 1), std::invalid_argument);
  CHECK_THROWS(waveletInverse(six, 2, 3, 32), std::invalid_argument);
  CHECK_THROWS(toLatents(data, 2, 3, data, latents), std::invalid_argument);
  CHECK_THROWS(toLatents(data, 2, 3, gains, data), std::invalid_argument);
}

}  // namespace

int main() {
  RUN(everySizeIsReconstructed);
  RUN(threadsChangeNoBit<float>);
  RUN(threadsChangeNoBit<double>);
  RUN(aConstantHasNoDetailAndGainsTwoPerLevel);
  RUN(aDimensionOfOneSampleIsLeftAlone);
  RUN(transposingTheDataTransposesTheCoefficients);
  RUN(deeperLevelsWorkOnTheLowPassLattice);
  RUN(theResultIsTheTextbooksBitForBit);
  RUN(latentsHoldEveryCoefficientOnce);
  RUN(wrongSizesAreRefused);
  return 0;
}
