// Masks come back and are small; missing values are filled smoothly and within bounds.
#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <stdexcept>
#include <vector>

#include "check.h"
#include "errors.h"
#include "mask/mask.h"

using namespace fieldzip;

namespace {

std::vector<uint8_t> coast(uint32_t height, uint32_t width) {
  std::vector<uint8_t> classes(static_cast<size_t>(height) * width);
  for (uint32_t r = 0; r < height; ++r) {
    for (uint32_t c = 0; c < width; ++c) {
      const double level = std::sin(c / 30.0) + std::sin(r / 40.0) + 0.3 * std::sin(c / 7.0 + r / 9.0) +
                           0.1 * std::sin(c * 0.9) * std::sin(r * 0.8);
      classes[r * width + c] = level > 0.4 ? 1 : 0;
    }
  }
  return classes;
}

size_t roundTrip(const std::vector<uint8_t>& classes, uint32_t height, uint32_t width) {
  const auto bytes = encodeMask(classes, height, width);
  std::vector<uint8_t> back(classes.size(), 77);
  decodeMask(bytes, height, width, *std::max_element(classes.begin(), classes.end()), back);
  CHECK(back == classes);
  return bytes.size();
}

void masksComeBack() {
  std::mt19937 random(1);
  for (const uint32_t height : {1U, 2U, 5U, 33U}) {
    for (const uint32_t width : {1U, 3U, 8U, 50U}) {
      for (const uint32_t patterns : {1U, 2U, 7U, 255U}) {
        for (const uint32_t density : {1U, 2U, 40U}) {
          std::vector<uint8_t> classes(static_cast<size_t>(height) * width);
          for (uint8_t& k : classes) k = random() % density == 0 ? static_cast<uint8_t>(random() % (patterns + 1)) : 0;
          roundTrip(classes, height, width);
        }
      }
    }
  }
}

void masksAreSmall() {
  const uint32_t height = 384, width = 320;
  CHECK(roundTrip(std::vector<uint8_t>(height * width, 0), height, width) == 1);
  CHECK(roundTrip(std::vector<uint8_t>(height * width, 1), height, width) <= 8);
  CHECK(roundTrip(coast(height, width), height, width) < 800);
  std::vector<uint8_t> point(height * width, 0);
  point[50000] = 1;
  CHECK(roundTrip(point, height, width) <= 8);
  // A frame of missing sites around the slice.
  std::vector<uint8_t> frame(height * width, 0);
  for (uint32_t r = 0; r < height; ++r) {
    for (uint32_t c = 0; c < width; ++c) frame[r * width + c] = r < 4 || c < 4 || r >= height - 4 || c >= width - 4;
  }
  CHECK(roundTrip(frame, height, width) <= 30);
}

// A change of this number is a change of the format.
void masksAreTheSameOnEveryMachine() {
  const uint32_t height = 90, width = 70;
  std::vector<uint8_t> classes(height * width);
  for (uint32_t r = 0; r < height; ++r) {
    for (uint32_t c = 0; c < width; ++c) {
      const uint32_t distance = (r - 40) * (r - 40) + (c - 30) * (c - 30);
      classes[r * width + c] = distance < 500 ? 1 : distance % 61 == 0 ? 2 : 0;
    }
  }
  uint64_t hash = 0xcbf29ce484222325ULL;  // FNV-1a
  for (const uint8_t byte : encodeMask(classes, height, width)) hash = (hash ^ byte) * 0x100000001b3ULL;
  CHECK_HASH(hash, 0x6425b0f204b7d316ULL);
}

void damagedMasksNeverCrash() {
  const uint32_t height = 60, width = 70;
  auto classes = coast(height, width);
  for (size_t i = 0; i < classes.size(); i += 97) classes[i] = 3;
  const auto bytes = encodeMask(classes, height, width);
  std::vector<uint8_t> back(classes.size());
  const auto attempt = [&](const std::vector<uint8_t>& damaged, uint32_t patterns) {
    try {
      decodeMask(damaged, height, width, patterns, back);
      for (const uint8_t k : back) CHECK(k <= patterns);
      return back != classes;
    } catch (const CorruptStream&) {
      return true;
    }
  };
  for (size_t length = 0; length < bytes.size(); ++length) {
    CHECK(attempt({bytes.begin(), bytes.begin() + static_cast<ptrdiff_t>(length)}, 3));
  }
  std::mt19937 random(2);
  for (int trial = 0; trial < 500; ++trial) {
    auto damaged = bytes;
    damaged[random() % damaged.size()] ^= static_cast<uint8_t>(1 + random() % 255);
    attempt(damaged, 3);
  }
  auto longer = bytes;
  longer.insert(longer.end(), 8, 0);
  CHECK_THROWS(decodeMask(longer, height, width, 3, back), CorruptStream);
  CHECK_THROWS(decodeMask(bytes, height, width, 2, back), CorruptStream);
  CHECK_THROWS(decodeMask({}, height, width, 3, back), CorruptStream);
  CHECK_THROWS(decodeMask(bytes, height + 1, width, 3, back), std::invalid_argument);
}

template <typename T>
void fillsWithinBounds() {
  std::mt19937 random(3);
  for (const uint32_t height : {1U, 2U, 7U, 40U}) {
    for (const uint32_t width : {1U, 2U, 9U, 33U}) {
      for (const uint32_t keepOneIn : {1U, 2U, 10U, 1000U}) {
        const size_t count = static_cast<size_t>(height) * width;
        std::vector<T> values(count);
        std::vector<uint8_t> classes(count);
        T low = std::numeric_limits<T>::max(), high = std::numeric_limits<T>::lowest();
        bool any = false;
        for (size_t i = 0; i < count; ++i) {
          classes[i] = random() % keepOneIn == 0 ? 0 : 1;
          values[i] = classes[i] == 0 ? static_cast<T>(random()) / T(4.3e9) * std::numeric_limits<T>::max()
                                      : std::numeric_limits<T>::quiet_NaN();
          if (classes[i] != 0) continue;
          any = true;
          low = std::min(low, values[i]);
          high = std::max(high, values[i]);
        }
        const std::vector<T> before = values;
        fillMissing(std::span<T>(values), classes, height, width);
        for (size_t i = 0; i < count; ++i) {
          if (classes[i] == 0) {
            CHECK(values[i] == before[i]);
          } else if (any) {
            CHECK(values[i] >= low && values[i] <= high);
          } else {
            CHECK(values[i] == 0);
          }
        }
      }
    }
  }
}

void filledValuesStayWithinThePresentOnes() {
  fillsWithinBounds<float>();
  fillsWithinBounds<double>();
}

void aHoleInAPlaneIsFilledSmoothly() {
  const uint32_t size = 64;
  std::vector<double> values(size * size);
  std::vector<uint8_t> classes(size * size, 0);
  for (uint32_t r = 0; r < size; ++r) {
    for (uint32_t c = 0; c < size; ++c) {
      values[r * size + c] = r + 2.0 * c;
      if ((r - 30.0) * (r - 30.0) + (c - 30.0) * (c - 30.0) < 100) classes[r * size + c] = 1;
    }
  }
  for (size_t i = 0; i < values.size(); ++i) {
    if (classes[i] != 0) values[i] = 1e30;
  }
  fillMissing(std::span<double>(values), classes, size, size);
  for (uint32_t r = 0; r < size; ++r) {
    for (uint32_t c = 0; c + 1 < size; ++c) {
      CHECK(std::fabs(values[r * size + c] - (r + 2.0 * c)) < 12);
      CHECK(std::fabs(values[r * size + c + 1] - values[r * size + c]) < 9);
    }
  }
}

void infinitePresentValuesAreNotSpread() {
  std::vector<float> values = {1, std::numeric_limits<float>::infinity(), 0, 3};
  const std::vector<uint8_t> classes = {0, 0, 1, 0};
  fillMissing(std::span<float>(values), classes, 1, 4);
  CHECK(std::isinf(values[1]));
  CHECK(values[2] >= 1 && values[2] <= 3);
}

}  // namespace

int main() {
  RUN(masksComeBack);
  RUN(masksAreSmall);
  RUN(masksAreTheSameOnEveryMachine);
  RUN(damagedMasksNeverCrash);
  RUN(filledValuesStayWithinThePresentOnes);
  RUN(aHoleInAPlaneIsFilledSmoothly);
  RUN(infinitePresentValuesAreNotSpread);
  return 0;
}
