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
    size_t row = 0, column = 0;
    int by = 0;
    float error = 0;  // that it adds where a weight is 1
    float cost = 0;
  };
  // Where a detail adds to the values.
  struct Patch {
    const Line *down, *along;
    size_t row, column;
  };
  // What a value counts that misses.
  static constexpr float kBitsOfMiss = 6;
  // From there on a coefficient would be too far off, in steps.
  static constexpr float kFarthest = 0.75F;

  static bool misses(float error) { return std::abs(error) > kErrorUnits && std::abs(error) < kNoMatter / 2; }

  // The move that pays best for the value there.
  void mend(size_t row, size_t column) {
    Move best;
    const float error = field_.errors[row * field_.stride + column];
    const size_t lastRow = std::min(row + kSiteReach, field_.rows - 1), lastColumn = std::min(column + kSiteReach, field_.columns - 1);
    for (size_t r = row < kSiteReach ? 0 : row - kSiteReach; r <= lastRow; ++r) {
      for (size_t c = column < kSiteReach ? 0 : column - kSiteReach; c <= lastColumn; ++c) {
        if ((r | c) % 2 != 0) consider(r, c, row, column, error, best);
      }
    }
    if (best.by != 0) make(best);
  }

  Patch patchAt(size_t r, size_t c) const {
    Patch patch;
    patch.down = &field_.down->at(r, patch.row);
    patch.along = &field_.along->at(c, patch.column);
    return patch;
  }

  void consider(size_t r, size_t c, size_t row, size_t column, float error, Move& best) const {
    const Patch patch = patchAt(r, c);
    const float weight = patch.down->weights[row - patch.row] * patch.along->weights[column - patch.column];
    const size_t site = r * field_.columns + c;
    const T wanted = field_.details[site];
    const int32_t from = nearestInteger(wanted) + field_.moves[site];
    const int by = (error > 0.0F) == (weight > 0.0F) ? -1 : 1;
    const int32_t to = from + by;
    const T there = reconstructionOf<T>(to, 0.0F, field_.delta);
    if (!(std::abs(static_cast<float>(wanted - there)) < kFarthest)) return;
    const float change = static_cast<float>(there - reconstructionOf<T>(from, 0.0F, field_.delta)) * field_.errorOfStep;
    if (misses(error + change * weight)) return;
    const float unit = kBitsAround / (static_cast<float>(field_.surroundings[site]) + kBitsFrom);
    const float bits = unit * static_cast<float>(std::abs(to) - std::abs(from)) + static_cast<float>((to != 0) - (from != 0));
    if (bits > 2 * kBitsOfMiss) return;
    const float cost = kBitsOfMiss * counted(patch, change) + bits;
    if (cost < best.cost) best = {r, c, by, change, cost};
  }

  // How much more the values around would count.
  float counted(const Patch& patch, float change) const {
    const float* errors = field_.errors + patch.row * field_.stride + patch.column;
    const F16 along = F16::load(patch.along->weights) * change, from = F16::all(kRampFrom * kErrorUnits), to = F16::all(kRampTo * kErrorUnits);
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
    const F16 along = F16::load(patch.along->weights) * move.error;
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
