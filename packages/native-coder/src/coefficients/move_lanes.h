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
  struct Move {
    size_t row, column;
    int by;
    float change;  // of the error where a weight is 1
    float cost;
  };
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
  static constexpr float kFarthest = 0.75F;

  static bool misses(float error) { return std::abs(error) > kErrorUnits && std::abs(error) < kNoMatter / 2; }

  // The move that pays best for the value there. First those that would bring it within the bound, without a branch, as nobody can tell
  // which those are.
  void mend(size_t row, size_t column) {
    const float error = field_.errors[row * field_.stride + column];
    Move moves[kSites];
    size_t count = 0;
    const size_t lastRow = std::min(row + kSiteReach, field_.rows - 1), lastColumn = std::min(column + kSiteReach, field_.columns - 1);
    for (size_t r = row < kSiteReach ? 0 : row - kSiteReach; r <= lastRow; ++r) {
      // Of even rows, odd columns.
      const size_t first = column < kSiteReach ? 0 : column - kSiteReach, stride = 2 - r % 2;
      for (size_t c = first + (r + first + 1) % 2 * (stride - 1); c <= lastColumn; c += stride) count += mends(r, c, row, column, error, moves[count]) ? 1 : 0;
    }
    const Move* best = nullptr;
    for (size_t i = 0; i < count; ++i) {
      moves[i].cost += kBitsOfMiss * counted(patchAt(moves[i].row, moves[i].column), moves[i].change);
      if (moves[i].cost < (best == nullptr ? 0.0F : best->cost)) best = moves + i;
    }
    if (best != nullptr) make(*best);
  }

  Patch patchAt(size_t r, size_t c) const {
    Patch patch;
    patch.down = &field_.down->at(r, patch.row);
    patch.along = &field_.along->at(c, patch.column);
    return patch;
  }

  // Whether a move of that coefficient brings the value within the bound, is not too far, and would pay if no other value changed. Its
  // cost is without what the values count.
  bool mends(size_t r, size_t c, size_t row, size_t column, float error, Move& move) const {
    const Patch patch = patchAt(r, c);
    const float weight = patch.down->weights[row - patch.row] * patch.along->weights[column - patch.column];
    const size_t site = r * field_.columns + c;
    const T wanted = field_.details[site];
    // As nearestInteger.
    const int32_t from = static_cast<int32_t>(wanted + std::copysign(T{0.5}, wanted)) + field_.moves[site];
    const int by = (error > 0.0F) == (weight > 0.0F) ? -1 : 1;
    const int32_t to = from + by, lower = from < 0 ? -from : from, upper = to < 0 ? -to : to;
    const T here = known(from, lower), there = known(to, upper);
    const float change = static_cast<float>(there - here) * field_.errorOfStep, left = std::abs(error + change * weight);
    const float off = static_cast<float>(wanted - here), further = static_cast<float>(wanted - there);
    const float bits = kBitsAround / (static_cast<float>(field_.surroundings[site]) + kBitsFrom) * static_cast<float>(upper - lower) + static_cast<float>((to != 0) - (from != 0));
    move = {r, c, by, change, bits + kBitsOfError * (further * further - off * off)};
    const float counted = std::min(std::abs(error), kTo), less = counted - std::max(left, kFrom);
    return (std::abs(further) < kFarthest) & (left <= kErrorUnits) & (move.cost < kBitsOfMiss * less);
  }
  // As reconstructionOf.
  T known(int32_t value, int32_t magnitude) const {
    const float moved = magnitude == 0 ? 0.0F : magnitude == 1 ? field_.delta[0] : field_.delta[1];
    const T size = static_cast<T>(magnitude) - static_cast<T>(moved);
    return value < 0 ? -size : size;
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

  void make(const Move& move) {
    int8_t& moved = field_.moves[move.row * field_.columns + move.column];
    moved = static_cast<int8_t>(moved + move.by);
    const Patch patch = patchAt(move.row, move.column);
    const F16 along = F16::load(patch.along->weights) * move.change;
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
