#include <algorithm>
#include <array>

#include "rans/escape.h"
#include "rans/rans.h"

namespace fieldzip {
namespace {

// The table symbol, an escape's header and three pieces, the raw bits: each may emit a word.
constexpr size_t kMaxWordsPerSymbol = 6;

// rANS is last in, first out: symbols are pushed last to first and the words are turned round at the end.
class Encoder {
 public:
  Encoder(const TableSet& tables, size_t lanes) : tables_(tables), lanes_(lanes) { states_.fill(kRansLow); }

  void pushChunk(size_t begin, std::span<const SymbolModel> models, std::span<const int32_t> values) {
    const size_t base = words_.size();
    words_.resize(base + models.size() * kMaxWordsPerSymbol);
    next_ = words_.data() + base;
    for (size_t i = models.size(); i-- > 0;) pushSymbol(states_[(begin + i) % lanes_], models[i], values[i]);
    words_.resize(static_cast<size_t>(next_ - words_.data()));
  }

  std::vector<uint8_t> finish() const {
    std::vector<uint8_t> bytes;
    bytes.reserve(1 + 4 * lanes_ + 2 * words_.size());
    bytes.push_back(static_cast<uint8_t>(lanes_));
    for (size_t lane = 0; lane < lanes_; ++lane) {
      for (int shift = 0; shift < 32; shift += 8) bytes.push_back(static_cast<uint8_t>(states_[lane] >> shift));
    }
    for (size_t i = words_.size(); i-- > 0;) {
      bytes.push_back(static_cast<uint8_t>(words_[i]));
      bytes.push_back(static_cast<uint8_t>(words_[i] >> 8));
    }
    return bytes;
  }

 private:
  void pushSymbol(uint32_t& state, const SymbolModel& model, int32_t value) {
    const TableInfo& table = tables_.info(model.table);
    const int64_t v = static_cast<int64_t>(value) - model.offset + ((1 << model.rawBits) >> 1);
    if (model.rawBits != 0) pushRaw(state, static_cast<uint32_t>(v) & ((1U << model.rawBits) - 1), model.rawBits);

    int64_t index = (v >> model.rawBits) - table.first;
    if (static_cast<uint64_t>(index) >= table.count) [[unlikely]] {
      pushEscape(state, escapeOf(index, table.count));
      index = table.count;
    }
    const uint16_t* cumulative = tables_.cumulative() + table.begin + index;
    const uint32_t start = cumulative[0];
    const uint32_t frequency = cumulative[1] - start;
    if (state >= frequency << (32 - kProbabilityBits)) emit(state);
    state = ((state / frequency) << kProbabilityBits) + state % frequency + start;
  }

  void pushEscape(uint32_t& state, const Escape& escape) {
    const uint32_t length = escape.length();
    // Last piece first; the decoder reads header, then pieces from the low bits up.
    for (uint32_t done = length - length % 16;; done -= 16) {
      const uint32_t width = std::min(16U, length - done);
      if (width != 0) pushRaw(state, static_cast<uint32_t>(escape.excess >> done) & ((1U << width) - 1), width);
      if (done == 0) break;
    }
    pushRaw(state, length << 1 | (escape.below ? 1U : 0U), kEscapeHeaderBits);
  }

  void pushRaw(uint32_t& state, uint32_t bits, uint32_t width) {
    if (static_cast<uint64_t>(state) >= 1ULL << (32 - width)) emit(state);
    state = state << width | bits;
  }

  void emit(uint32_t& state) {
    *next_++ = static_cast<uint16_t>(state);
    state >>= 16;
  }

  const TableSet& tables_;
  size_t lanes_;
  std::array<uint32_t, kManyLanes> states_{};
  std::vector<uint16_t> words_;
  uint16_t* next_ = nullptr;
};

std::vector<uint8_t> encodeWithLanes(const TableSet& tables, size_t count, const FillForEncode& fill, size_t lanes) {
  Encoder encoder(tables, lanes);
  std::vector<SymbolModel> models(std::min(count, kChunk));
  std::vector<int32_t> values(models.size());
  for (size_t chunk = (count + kChunk - 1) / kChunk; chunk-- > 0;) {
    const size_t begin = chunk * kChunk;
    const size_t length = std::min(kChunk, count - begin);
    fill(begin, std::span(models).first(length), std::span(values).first(length));
    encoder.pushChunk(begin, std::span<const SymbolModel>(models).first(length),
                      std::span<const int32_t>(values).first(length));
  }
  return encoder.finish();
}

}  // namespace

std::vector<uint8_t> ransEncode(const TableSet& tables, size_t count, const FillForEncode& fill) {
  if (count == 0) return {};
  std::vector<uint8_t> bytes = encodeWithLanes(tables, count, fill, kManyLanes);
  // Whether a stream is small is known only once it is there; doing a small one again is cheap.
  return bytes.size() < kSmallStream ? encodeWithLanes(tables, count, fill, 1) : bytes;
}

}  // namespace fieldzip
