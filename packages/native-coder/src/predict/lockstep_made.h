// What lockstep_walk.h declares, for one instruction set.
#include "predict/lockstep.h"

namespace fieldzip::FIELDZIP_LANES {

template <typename Coder>
void walkLockstep(const LockstepTile& tile, Coder& coder) {
  if (tile.plan.deep) LockstepCoder<Coder, true>(tile, coder).run();
  else LockstepCoder<Coder, false>(tile, coder).run();
}
template void walkLockstep(const LockstepTile&, LaneEncoder&);
template void walkLockstep(const LockstepTile&, LaneDecoder&);

}  // namespace fieldzip::FIELDZIP_LANES
