// The rANS stream: every int32 comes back, the size is what the tables promise, damage never crashes.
#include <cmath>
#include <limits>
#include <random>
#include <stdexcept>
#include <vector>

#include "check.h"
#include "errors.h"
#include "latents/latents.h"
#include "rans/rans.h"
#include "symbols/symbols.h"

using namespace fieldzip;

namespace {

constexpr int32_t kLowest = std::numeric_limits<int32_t>::min();
constexpr int32_t kHighest = std::numeric_limits<int32_t>::max();

struct Message {
  std::vector<int32_t> symbols;
  std::vector<uint16_t> index;
  std::vector<int32_t> mean8;
};

// Symbols that belong to their scales and means; every `wildEvery`-th is anything at all.
Message randomMessage(uint32_t seed, size_t count, uint32_t wildEvery) {
  std::mt19937 random(seed);
  std::normal_distribution<double> normal;
  Message message;
  for (size_t i = 0; i < count; ++i) {
    const uint16_t scale = static_cast<uint16_t>(random() % 64);
    const int32_t mean8 = static_cast<int32_t>(random() % 4001) - 2000;
    message.index.push_back(scale);
    message.mean8.push_back(mean8);
    message.symbols.push_back(static_cast<int32_t>(std::lround(mean8 / 8.0 + normal(random) * std::exp2((scale - 16) / 4.0))));
    if (wildEvery != 0 && random() % wildEvery == 0) {
      const int32_t extremes[] = {kLowest, kHighest, 0, kLowest + 1, static_cast<int32_t>(random())};
      message.symbols.back() = extremes[random() % 5];
      if (random() % 4 == 0) message.mean8.back() = extremes[random() % 5];
    }
  }
  return message;
}

std::vector<int32_t> decode(const TableSet& tables, const Message& message, std::span<const uint8_t> bytes) {
  std::vector<int32_t> symbols(message.symbols.size());
  decodeSymbols(tables, bytes, message.index, message.mean8, symbols);
  return symbols;
}

void symbolsComeBack() {
  for (const Family family : {Family::logistic, Family::gaussian}) {
    const TableSet tables = makeScaleTables(family);
    for (const size_t count : {1U, 2U, 3U, 5U, 1023U, 1024U, 1025U, 4096U, 20001U}) {
      for (const uint32_t wildEvery : {0U, 100U, 3U, 1U}) {
        const Message message = randomMessage(static_cast<uint32_t>(count), count, wildEvery);
        const auto bytes = encodeSymbols(tables, message.symbols, message.index, message.mean8);
        CHECK(decode(tables, message, bytes) == message.symbols);
      }
    }
  }
}

void extremesComeBackFromEveryTable() {
  const TableSet tables = makeScaleTables(Family::logistic);
  for (uint16_t scale = 0; scale < 64; ++scale) {
    for (const int32_t mean8 : {kLowest, -5, 0, 7, kHighest}) {
      Message message;
      for (const int32_t symbol : {kLowest, kLowest + 1, -1, 0, 1, kHighest - 1, kHighest}) {
        message.symbols.push_back(symbol);
        message.index.push_back(scale);
        message.mean8.push_back(mean8);
      }
      CHECK(decode(tables, message, encodeSymbols(tables, message.symbols, message.index, message.mean8)) == message.symbols);
    }
  }
}

void factorisedSymbolsComeBack() {
  const std::vector<uint32_t> a = {5, 80, 5}, b = {1};
  const std::vector<FactorisedTable> list = {{-1, a}, {-kMaxFirstSymbol, b}, {kMaxFirstSymbol, b}};
  const TableSet tables = makeFactorisedTables(list);
  Message message;
  std::mt19937 random(3);
  for (int i = 0; i < 5000; ++i) {
    message.index.push_back(static_cast<uint16_t>(random() % 3));
    message.symbols.push_back(i % 50 == 0 ? static_cast<int32_t>(random()) : static_cast<int32_t>(random() % 3) - 1);
  }
  message.symbols[7] = kLowest;
  message.symbols[8] = kHighest;
  CHECK(decode(tables, message, encodeSymbols(tables, message.symbols, message.index, {})) == message.symbols);
}

void noSymbolsAreNoBytes() {
  const TableSet tables = makeScaleTables(Family::logistic);
  CHECK(encodeSymbols(tables, {}, {}, {}).empty());
  decodeSymbols(tables, {}, {}, {}, {});
  const std::vector<uint8_t> extra = {1};
  CHECK_THROWS(decodeSymbols(tables, extra, {}, {}, {}), CorruptStream);
}

void smallStreamsHaveOneLaneAndLargeOnesFour() {
  const TableSet tables = makeScaleTables(Family::logistic);
  const Message small = randomMessage(1, 100, 0), large = randomMessage(1, 20000, 0);
  CHECK(encodeSymbols(tables, small.symbols, small.index, small.mean8)[0] == 1);
  CHECK(encodeSymbols(tables, large.symbols, large.index, large.mean8)[0] == 4);
  // 1000 zeros at the smallest scale: one bit altogether, and the fixed bytes.
  const std::vector<int32_t> zeros(1000, 0);
  const std::vector<uint16_t> index(1000, 0);
  CHECK(encodeSymbols(tables, zeros, index, {}).size() == 5);
}

void sizeIsTheSumOfTheCodeLengths() {
  const TableSet tables = makeScaleTables(Family::gaussian);
  const Message message = randomMessage(9, 100000, 0);
  double bits = 0;
  for (size_t i = 0; i < message.symbols.size(); ++i) {
    bits += static_cast<double>(
        tables.bits(scaleModel(kScaleInfos[message.index[i]], message.mean8[i]), message.symbols[i]));
  }
  const double coded = 8.0 * static_cast<double>(encodeSymbols(tables, message.symbols, message.index, message.mean8).size());
  CHECK(coded > bits && coded < bits * 1.0005 + 200);
}

// A damaged stream must give an error or other symbols.
void damageNeverCrashes() {
  const TableSet tables = makeScaleTables(Family::logistic);
  for (const size_t count : {40U, 6000U}) {
    const Message message = randomMessage(5, count, 20);
    const auto bytes = encodeSymbols(tables, message.symbols, message.index, message.mean8);
    const size_t step = count > 1000 ? 37 : 1;
    for (size_t length = 0; length < bytes.size(); length += step) {
      CHECK_THROWS(decode(tables, message, std::span(bytes).first(length)), CorruptStream);
    }
    std::vector<uint8_t> longer = bytes;
    longer.push_back(0);
    CHECK_THROWS(decode(tables, message, longer), CorruptStream);

    std::mt19937 random(6);
    for (int trial = 0; trial < 2000; ++trial) {
      std::vector<uint8_t> damaged = bytes;
      damaged[random() % damaged.size()] ^= static_cast<uint8_t>(1 + random() % 255);
      try {
        CHECK(decode(tables, message, damaged) != message.symbols);
      } catch (const CorruptStream&) {
      }
    }
    for (int trial = 0; trial < 2000; ++trial) {
      std::vector<uint8_t> noise(random() % 200);
      for (uint8_t& byte : noise) byte = static_cast<uint8_t>(random());
      if (!noise.empty()) noise[0] = trial % 2 == 0 ? 1 : 4;
      try {
        decode(tables, message, noise);
      } catch (const CorruptStream&) {
      }
    }
  }
}

void wrongIndicesAreRefused() {
  const TableSet tables = makeScaleTables(Family::logistic);
  const std::vector<int32_t> symbols = {0};
  const std::vector<uint16_t> high = {64}, fine = {0}, two = {0, 0};
  CHECK_THROWS(encodeSymbols(tables, symbols, high, {}), std::invalid_argument);
  CHECK_THROWS(encodeSymbols(tables, symbols, two, {}), std::invalid_argument);
  const std::vector<uint32_t> ones = {1};
  const std::vector<FactorisedTable> list = {{0, ones}};
  const TableSet factorised = makeFactorisedTables(list);
  CHECK_THROWS(encodeSymbols(factorised, symbols, fine, symbols), std::invalid_argument);
}

// A change of this number is a change of the format.
void streamsAreTheSameOnEveryMachine() {
  const TableSet tables = makeScaleTables(Family::logistic);
  Message message;
  uint32_t state = 1;
  const auto next = [&] { return (state = state * 1664525U + 1013904223U) >> 8; };
  for (int i = 0; i < 9000; ++i) {
    message.index.push_back(static_cast<uint16_t>(next() % 64));
    message.mean8.push_back(static_cast<int32_t>(next() % 2000) - 1000);
    const int32_t spread = 1 << (message.index.back() / 5);
    message.symbols.push_back(message.mean8.back() / 8 + static_cast<int32_t>(next() % (2U * static_cast<uint32_t>(spread))) - spread);
  }
  message.symbols[4000] = kLowest;
  uint64_t hash = 0xcbf29ce484222325ULL;  // FNV-1a
  for (const size_t count : {500U, 9000U}) {
    const auto bytes = encodeSymbols(tables, std::span(message.symbols).first(count), std::span(message.index).first(count),
                                     std::span(message.mean8).first(count));
    for (const uint8_t byte : bytes) hash = (hash ^ byte) * 0x100000001b3ULL;
  }
  CHECK_HASH(hash, 0xcfb17e758f46f2c4ULL);
}

// ---- Latents

struct LatentCase {
  LatentShape shape;
  std::vector<float> y;
  std::vector<uint8_t> params;
};

LatentCase randomLatents(const LatentShape& shape, uint32_t seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal;
  LatentCase result{shape, std::vector<float>(shape.size()), std::vector<uint8_t>(shape.paramsSize())};
  for (uint8_t& p : result.params) p = static_cast<uint8_t>(random());
  for (float& y : result.y) y = normal(random) * 20;
  return result;
}

LatentShape blocks(uint32_t height, uint32_t width, bool scaleOnly = false) {
  return {64, (height + 7) / 8, (width + 7) / 8, LatentShape::Layout::blocks8, height, width, scaleOnly};
}

std::vector<float> prices(const LatentShape& shape, float price) { return std::vector<float>(shape.channels, price); }

void latentsComeBack() {
  const TableSet tables = makeScaleTables(Family::logistic);
  std::vector<LatentShape> shapes = {{3, 5, 7, LatentShape::Layout::all, 0, 0, false},
                                     {192, 1, 1, LatentShape::Layout::all, 0, 0, true}};
  for (const uint32_t height : {1U, 7U, 8U, 9U, 100U}) {
    for (const uint32_t width : {1U, 8U, 15U, 128U}) shapes.push_back(blocks(height, width, (height + width) % 2 == 0));
  }
  for (const LatentShape& shape : shapes) {
    const LatentCase latents = randomLatents(shape, shape.height + shape.width);
    std::vector<float> q(shape.size()), back(shape.size());
    for (const float price : {0.0F, 0.1F}) {
      const auto bytes = encodeLatents(tables, shape, latents.y, latents.params, prices(shape, price), q);
      decodeLatents(tables, shape, bytes, latents.params, back);
      CHECK(back == q);
      const double bits = latentBits(tables, shape, q, latents.params);
      const double coded = 8.0 * static_cast<double>(bytes.size());
      CHECK(std::fabs(coded - bits) < 200 + bits * 0.001);
    }
  }
}

void onlyPixelsOfTheSliceAreCoded() {
  const TableSet tables = makeScaleTables(Family::logistic);
  const LatentShape shape = blocks(11, 5);
  std::vector<float> y(shape.size(), 3.0F), q(shape.size());
  encodeLatents(tables, shape, y, std::vector<uint8_t>(shape.paramsSize(), 128), prices(shape, 0), q);
  size_t coded = 0;
  for (uint32_t channel = 0; channel < 64; ++channel) {
    for (uint32_t block = 0; block < 2; ++block) {
      const bool inside = block * 8 + channel / 8 < 11 && channel % 8 < 5;
      CHECK((q[channel * 2 + block] == 3.0F) == inside);
      coded += inside ? 1 : 0;
    }
  }
  CHECK(coded == 55);
}

void latentMeansAreSharesOfTheScale() {
  CHECK(latentMean8(kScaleInfos[16], 128 + 32) == 8);   // one scale of 1
  CHECK(latentMean8(kScaleInfos[20], 128 - 64) == -32);  // two scales of 2, down
  CHECK(latentMean8(kScaleInfos[16], 128 + 2) == 1);     // half an eighth rounds up
  CHECK(latentMean8(kScaleInfos[16], 128 - 2) == 0);
  CHECK(latentMean8(kScaleInfos[63], 0) == -110218);
}

void plainQuantisationRoundsHalfToEvenAndClamps() {
  const TableSet tables = makeScaleTables(Family::logistic);
  const LatentShape shape{1, 1, 9, LatentShape::Layout::all, 0, 0, true};
  const std::vector<float> y = {0.5F, 1.5F, -0.5F, -2.5F, 1e30F, -std::numeric_limits<float>::infinity(), NAN, 2.4F, -2.6F};
  std::vector<float> q(9), back(9);
  const std::vector<uint8_t> params(9, 100);
  const auto bytes = encodeLatents(tables, shape, y, params, prices(shape, 0), q);
  CHECK((q == std::vector<float>{0, 2, 0, -2, 16777216, -16777216, 0, 2, -3}));
  decodeLatents(tables, shape, bytes, params, back);
  CHECK(back == q);
}

void everyChannelHasItsOwnPrice() {
  const TableSet tables = makeScaleTables(Family::logistic);
  const LatentShape shape{2, 1, 1, LatentShape::Layout::all, 0, 0, true};
  const std::vector<float> y = {0.6F, 0.6F};
  std::vector<float> q(2);
  // A narrow distribution about 0: an error of a fifth of a step is worth less than the bits, unless errors are dear.
  quantiseLatents(tables, shape, y, std::vector<uint8_t>(2, 20), std::vector<float>{0.01F, 1000.0F}, q);
  CHECK((q == std::vector<float>{0, 1}));
}

void rateDistortionNeverLosesAgainstRounding() {
  const TableSet tables = makeScaleTables(Family::logistic);
  const LatentShape shape{4, 30, 30, LatentShape::Layout::all, 0, 0, false};
  const LatentCase latents = randomLatents(shape, 77);
  std::vector<float> plain(shape.size()), chosen(shape.size());
  quantiseLatents(tables, shape, latents.y, latents.params, prices(shape, 0), plain);
  for (const float price : {0.01F, 1.0F, 100.0F}) {
    quantiseLatents(tables, shape, latents.y, latents.params, prices(shape, price), chosen);
    double plainCost = latentBits(tables, shape, plain, latents.params);
    double chosenCost = latentBits(tables, shape, chosen, latents.params);
    CHECK(chosenCost <= plainCost + 1e-6);
    for (size_t i = 0; i < plain.size(); ++i) {
      const double y = static_cast<double>(latents.y[i]);
      CHECK(std::fabs(chosen[i] - plain[i]) <= 1);
      plainCost += price * (y - plain[i]) * (y - plain[i]);
      chosenCost += price * (y - chosen[i]) * (y - chosen[i]);
    }
    CHECK(chosenCost <= plainCost + 1e-6);
  }
}

void latentsBeyondAFloatAreCorrupt() {
  const TableSet tables = makeScaleTables(Family::logistic);
  const LatentShape shape{1, 1, 1, LatentShape::Layout::all, 0, 0, true};
  const std::vector<int32_t> symbols = {kMaxLatent + 1};
  const std::vector<uint16_t> index = {25};
  const std::vector<uint8_t> params = {100};
  std::vector<float> q(1);
  CHECK_THROWS(decodeLatents(tables, shape, encodeSymbols(tables, symbols, index, {}), params, q), CorruptStream);
}

}  // namespace

int main() {
  RUN(symbolsComeBack);
  RUN(extremesComeBackFromEveryTable);
  RUN(factorisedSymbolsComeBack);
  RUN(noSymbolsAreNoBytes);
  RUN(smallStreamsHaveOneLaneAndLargeOnesFour);
  RUN(sizeIsTheSumOfTheCodeLengths);
  RUN(damageNeverCrashes);
  RUN(wrongIndicesAreRefused);
  RUN(streamsAreTheSameOnEveryMachine);
  RUN(latentsComeBack);
  RUN(onlyPixelsOfTheSliceAreCoded);
  RUN(latentMeansAreSharesOfTheScale);
  RUN(plainQuantisationRoundsHalfToEvenAndClamps);
  RUN(everyChannelHasItsOwnPrice);
  RUN(rateDistortionNeverLosesAgainstRounding);
  RUN(latentsBeyondAFloatAreCorrupt);
  return 0;
}
