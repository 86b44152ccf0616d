// What move_search.h declares, for one instruction set.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>

#include "coefficients/coefficient_model.h"
#include "coefficients/move_search.h"
#include "coefficients/quantised.h"
#include "predict/lanes16.h"

namespace fieldzip::FIELDZIP_LANES {

template <typename T>
class MoveSearch {
 public:
  explicit MoveSearch(const MoveField<T>& field) : field_(field) {}

  void rows(size_t first, size_t end) {
    for (size_t r = first; r < end; ++r) {
      const float* row = field_.errors + r * field_.stride;
      for (size_t c = 0; c < field_.columns; c += kLanes) {
        // Most have none that misses. What lies beyond the columns is of no matter.
        const F16 size = absolute(F16::load(row + c));
        if (sum(ifLess(F16::all(kErrorUnits), size, ifLess(size, F16::all(kNoMatter / 2), F16::all(1), F16{}), F16{})) == 0.0F) continue;
        for (size_t x = c; x < c + kLanes; ++x) {
          if (misses(row[x])) mend(r, x);
        }
      }
    }
  }

 private:
  // Where a detail adds to the values.
  struct Patch {
    const Line *down, *along;
    size_t row, column;
  };
  static constexpr size_t kSites = (2 * kSiteReach + 1) * (2 * kSiteReach + 1);
  // What a value counts that misses, and a squared step of error, which makes others likelier to miss.
  static constexpr float kBitsOfMiss = 6, kBitsOfError = 3;
  static constexpr float kFrom = kRampFrom * kErrorUnits, kTo = kRampTo * kErrorUnits;
  // From there on a coefficient would be too far off, in steps.
  static constexpr float kFarthest = 0.9F;

  static bool misses(float error) { return std::abs(error) > kErrorUnits && std::abs(error) < kNoMatter / 2; }

  // The move that pays best for the value there: of those that bring it within the bound, are not too far, and would pay if no other
  // value changed. All are looked at at once, as nobody can tell which those are.
  void mend(size_t row, size_t column) {
    static_assert(kSites <= kLanes);
    const float error = field_.errors[row * field_.stride + column];
    alignas(64) float offs[kLanes] = {}, weights[kLanes] = {}, arounds[kLanes] = {};
    alignas(64) int32_t froms[kLanes] = {};
    size_t rows[kSites], columns[kSites], count = 0;
    const size_t lastRow = std::min(row + kSiteReach, field_.rows - 1), lastColumn = std::min(column + kSiteReach, field_.columns - 1);
    for (size_t r = row < kSiteReach ? 0 : row - kSiteReach; r <= lastRow; ++r) {
      // Of even rows, odd columns.
      const size_t first = column < kSiteReach ? 0 : column - kSiteReach, stride = 2 - r % 2;
      size_t top = 0;
      const float down = field_.down->at(r, top).weights[row - top];
      for (size_t c = first + (r + first + 1) % 2 * (stride - 1); c <= lastColumn; c += stride, ++count) {
        size_t left = 0;
        const Line& along = field_.along->at(c, left);
        const size_t site = r * field_.columns + c;
        const T wanted = field_.details[site];
        // As nearestInteger.
        const int32_t from = static_cast<int32_t>(wanted + std::copysign(T{0.5}, wanted)) + field_.moves[site];
        froms[count] = from;
        offs[count] = static_cast<float>(wanted - static_cast<T>(from));
        weights[count] = down * along.weights[column - left];
        arounds[count] = static_cast<float>(field_.surroundings[site]);
        rows[count] = r;
        columns[count] = c;
      }
    }
    const F16 zero{}, one = F16::all(1), nearer = F16::all(field_.delta[0]), farther = F16::all(field_.delta[1]);
    // Where an integer lies, from what it is.
    const auto moved = [&](const F16& integer) {
      const F16 size = absolute(integer), by = ifLess(size, one, zero, ifLess(one, size, farther, nearer));
      return ifLess(integer, zero, by, zero - by);
    };
    const F16 from = floated(I16::load(froms)), off = F16::load(offs), weight = F16::load(weights);
    const F16 by = ifLess(weight * error, zero, one, zero - one), to = from + by;
    const F16 here = moved(from), there = by + moved(to), change = (there - here) * field_.errorOfStep;
    const F16 left = absolute(weight * change + F16::all(error)), further = absolute(off - there), nearby = off - here;
    const F16 more = absolute(to) - absolute(from);
    const F16 unit = F16::all(kBitsAround) / (F16::load(arounds) + kBitsFrom);
    const F16 cost = (unit * more + (least(absolute(to), one) - least(absolute(from), one))) + (further * further - nearby * nearby) * kBitsOfError;
    const F16 gain = (F16::all(std::min(std::abs(error), kTo)) - most(left, F16::all(kFrom))) * kBitsOfMiss;
    // Not below 0 where it is out of the question.
    const F16 alone = ifLess(F16::all(kErrorUnits), left, one, ifLess(further, F16::all(kFarthest), cost - gain, one));
    alignas(64) float costs[kLanes], changes[kLanes], alones[kLanes], directions[kLanes];
    cost.store(costs);
    change.store(changes);
    alone.store(alones);
    by.store(directions);
    size_t best = kSites;
    float least = 0;
    for (size_t i = 0; i < count; ++i) {
      if (!(alones[i] < 0.0F)) continue;
      const float whole = costs[i] + kBitsOfMiss * counted(patchAt(rows[i], columns[i]), changes[i]);
      if (whole < least) {
        best = i;
        least = whole;
      }
    }
    if (best != kSites) make(rows[best], columns[best], directions[best] < 0.0F ? -1 : 1, changes[best]);
  }

  Patch patchAt(size_t r, size_t c) const {
    Patch patch;
    patch.down = &field_.down->at(r, patch.row);
    patch.along = &field_.along->at(c, patch.column);
    return patch;
  }

  // How much more the values around would count.
  float counted(const Patch& patch, float change) const {
    const float* errors = field_.errors + patch.row * field_.stride + patch.column;
    const F16 along = F16::load(patch.along->weights) * change, from = F16::all(kFrom), to = F16::all(kTo);
    F16 more{};
    for (size_t i = 0; i < kLineSide; ++i, errors += field_.stride) {
      const F16 before = F16::load(errors), after = before + along * patch.down->weights[i];
      more = more + (least(most(absolute(after), from), to) - least(most(absolute(before), from), to));
    }
    return sum(more);
  }

  void make(size_t r, size_t c, int by, float change) {
    int8_t& moved = field_.moves[r * field_.columns + c];
    moved = static_cast<int8_t>(moved + by);
    const Patch patch = patchAt(r, c);
    const F16 along = F16::load(patch.along->weights) * change;
    float* errors = field_.errors + patch.row * field_.stride + patch.column;
    for (size_t i = 0; i < kLineSide; ++i, errors += field_.stride) (F16::load(errors) + along * patch.down->weights[i]).store(errors);
  }

  const MoveField<T>& field_;
};

template <typename T>
void searchMoves(const MoveField<T>& field, size_t firstRow, size_t endRow) {
  MoveSearch<T>(field).rows(firstRow, endRow);
}
template void searchMoves<float>(const MoveField<float>&, size_t, size_t);
template void searchMoves<double>(const MoveField<double>&, size_t, size_t);

}  // namespace fieldzip::FIELDZIP_LANES
