// Loops over all values of a tile: every length, every place of a value that is not like the others, and nothing undefined in what is masked.
#include <algorithm>
#include <cmath>
#include <limits>
#include <span>
#include <stdexcept>
#include <vector>

#include "check.h"
#include "values/values.h"

using namespace fieldzip;

namespace {

constexpr size_t kLengths[] = {1, 2, 15, 16, 17, 33, 4095, 4096, 4097, 8200};

template <typename T>
std::vector<T> waveOf(size_t length) {
  std::vector<T> values(length);
  for (size_t i = 0; i < length; ++i) values[i] = static_cast<T>(50 * std::sin(0.1 * static_cast<double>(i)) + 0.5 * std::cos(static_cast<double>(7 * i)));
  return values;
}

// Some sites, ends among them.
std::vector<size_t> sitesOf(size_t length) {
  std::vector<size_t> sites = {0, length / 2, length - 1};
  if (length > 17) sites.push_back(17);
  return sites;
}

template <typename T>
void oneMissingValueIsFoundWhereverItIs() {
  const T fill = static_cast<T>(-999.9);
  const std::vector<T> fills = {T{12345}, fill};
  for (const size_t length : kLengths) {
    const auto plain = waveOf<T>(length);
    const auto [least, greatest] = std::minmax_element(plain.begin(), plain.end());
    const auto scan = scanValues<T>(plain, fills);
    CHECK(!scan.missing && scan.minimum == static_cast<double>(*least) && scan.maximum == static_cast<double>(*greatest));
    for (const size_t at : sitesOf(length)) {
      for (const T value : {fill, std::numeric_limits<T>::infinity(), -std::numeric_limits<T>::infinity(), std::numeric_limits<T>::quiet_NaN()}) {
        auto values = plain;
        values[at] = value;
        const auto found = scanValues<T>(values, fills);
        CHECK(found.missing && (length == 1 || (found.minimum >= scan.minimum && found.maximum <= scan.maximum)));
        std::vector<uint8_t> classes(length, 7);
        const auto missing = classifyMissing<T>(values, fills, 255, classes);
        CHECK(missing.patterns.size() == 1 && !missing.tooMany);
        CHECK(classes[at] == 1 && static_cast<size_t>(std::count(classes.begin(), classes.end(), uint8_t{0})) == length - 1);
      }
    }
  }
}

template <typename T>
void aBoundIsMissedByOneValueWhereverItIs() {
  for (const size_t length : kLengths) {
    const auto values = waveOf<T>(length);
    for (const size_t at : sitesOf(length)) {
      auto restored = values;
      std::vector<uint8_t> mask(length, 0);
      CHECK(keepsBound<T>(values, restored, {}, 0) && rootMeanSquare<T>(values, restored, {}) == 0);
      restored[at] += T{1};
      const double error = std::abs(static_cast<double>(restored[at]) - static_cast<double>(values[at]));
      CHECK(keepsBound<T>(values, restored, mask, error) && !keepsBound<T>(values, restored, mask, error * (1 - 1e-9)));
      const double expected = error / std::sqrt(static_cast<double>(length));
      CHECK(std::abs(rootMeanSquare<T>(values, restored, {}) - expected) <= 1e-12 * expected);
      mask[at] = 3;
      CHECK(keepsBound<T>(values, restored, mask, 0) && rootMeanSquare<T>(values, restored, mask) == 0);
      restored[at] = std::numeric_limits<T>::quiet_NaN();
      CHECK(keepsBound<T>(values, restored, mask, 0) && !keepsBound<T>(values, restored, {}, 1e300));
      CHECK(std::isnan(rootMeanSquare<T>(values, restored, {})));
    }
  }
}

template <typename T>
void latticesTakeAnythingThatIsMasked() {
  for (const size_t length : kLengths) {
    const auto plain = waveOf<T>(length);
    const auto scan = scanValues<T>(plain, {});
    std::vector<int32_t> integers(length), all(length);
    std::vector<T> restored(length), again(length);
    CHECK(toLattice<T>(plain, {}, scan.minimum, 1e-3, 0.51e-3, all, std::span<T>(again)));
    fromLattice<T>(all, scan.minimum, 1e-3, std::span<T>(restored));
    CHECK(restored == again);
    for (const size_t at : sitesOf(length)) {
      for (const T value : {std::numeric_limits<T>::max(), std::numeric_limits<T>::lowest(), std::numeric_limits<T>::infinity(), std::numeric_limits<T>::quiet_NaN()}) {
        auto values = plain;
        values[at] = value;
        std::vector<uint8_t> mask(length, 0);
        CHECK(!toLattice<T>(values, mask, scan.minimum, 1e-3, 0.51e-3, integers, std::span<T>(restored)));
        mask[at] = 1;
        CHECK(toLattice<T>(values, mask, scan.minimum, 1e-3, 0.51e-3, integers, std::span<T>(restored)));
        integers[at] = all[at];
        CHECK(integers == all);
      }
    }
  }
}

void lengthsMustAgree() {
  const std::vector<float> three(3), two(2);
  std::vector<float> room(3);
  std::vector<int32_t> integers(2);
  std::vector<uint8_t> classes(2);
  CHECK_THROWS(keepsBound<float>(three, two, {}, 1), std::invalid_argument);
  CHECK_THROWS(keepsBound<float>(three, three, classes, 1), std::invalid_argument);
  CHECK_THROWS(rootMeanSquare<float>(three, two, {}), std::invalid_argument);
  CHECK_THROWS(toLattice<float>(three, {}, 0, 1, 1, integers, std::span<float>(room)), std::invalid_argument);
  CHECK_THROWS(fromLattice<float>(integers, 0, 1, std::span<float>(room)), std::invalid_argument);
  CHECK_THROWS(classifyMissing<float>(three, {}, 1, classes), std::invalid_argument);
}

}  // namespace

int main() {
  RUN(oneMissingValueIsFoundWhereverItIs<float>);
  RUN(oneMissingValueIsFoundWhereverItIs<double>);
  RUN(aBoundIsMissedByOneValueWhereverItIs<float>);
  RUN(aBoundIsMissedByOneValueWhereverItIs<double>);
  RUN(latticesTakeAnythingThatIsMasked<float>);
  RUN(latticesTakeAnythingThatIsMasked<double>);
  RUN(lengthsMustAgree);
  return 0;
}
