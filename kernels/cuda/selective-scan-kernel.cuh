// The selective scan forward, for inference; what each choice is worth is in notes.md.
//
//   delta' = softplus(delta + bias);  h_t = exp(delta'_t A) h_{t-1} + delta'_t B_t u_t;  y_t = C_t . h_t + D u_t
//   out = (y_forward + y_backward) * silu(z)
//
// A block walks a range of tokens for a strip of channels in both directions at once: `warps` warps from the first token
// on, as many from the last. Until they meet, each leaves its y in `out`; from there on each finds the other's y, adds,
// gates, and writes the result over it. So the sum and the gate cost no pass of their own.
//
// A warp keeps the states of 32 or 64 channels in registers. Tokens come in tiles of `tileTokens`, copied asynchronously while
// the tile before is computed, and laid down in the order of the scan, so that the inner loop knows no direction.
//
// In units of log 2: delta2 = log2(1 + 2^((delta + bias) log2 e)), exp(delta' A) = 2^(delta2 A), and ln 2, the factor that
// the products delta' u lack, is applied once to the sum over states.
#pragma once

#include <cstdint>

#include "numbers.cuh"
#include "selective-scan.h"

namespace videre::cuda {

constexpr int scanStates = 16;

// What a launch computes. A range too long for one walk is cut in chunks: `summarize` finds what each chunk does to the
// state that enters it (h -> 2^(A sum(delta2)) h + state), `resume` walks the chunks from the states thus known.
enum class ScanPass { whole, summarize, resume };

// State at the end of each chunk from 0, and the sum of its delta2: [directions, chunks, B, E, N] and [.., E].
struct ChunkSummaries {
  float* states = nullptr;
  float* deltaSums = nullptr;
};

// A job is a strip of channels of one sequence, or of one chunk of it. With more jobs than blocks fit on the device a last,
// half empty wave would follow, and within a wave blocks do not advance evenly. So as many blocks as fit take segments of
// jobs from a queue, the first segments of all jobs before the second ones; a job's states pass through memory from segment
// to segment. A block waits only for a segment that a running block took long before, whatever else the device does.
struct ScanQueue {
  int jobs = 0;
  int stepsPerSegment = 0;
  int segments = 1;               // of a job
  float* states = nullptr;        // [jobs, states of a lane, threads]; for more than one segment
  unsigned* finished = nullptr;   // [jobs], segments; 0 before the launch
  unsigned* taken = nullptr;      // 0 before the launch; null: block i takes item i and no other
};

struct ScanLaunch {
  DeviceScan scan;
  ChunkSummaries summaries;
  ScanQueue queue;
  int tilesPerChunk = 0;
  int chunks = 1;
};

template <int own_, int warps_, int polynomials_, int minBlocks_, int unroll_>
struct ScanVariant {
  static constexpr int own = own_;                  // channels of a lane: 1 or 2
  static constexpr int warps = warps_;              // a direction
  static constexpr int polynomials = polynomials_;  // of 16 exponentials, how many go to the FMA pipes
  static constexpr int minBlocks = minBlocks_;      // a multiprocessor; bounds the registers
  static constexpr int unroll = unroll_;            // tokens
  static constexpr int warpChannels = 32 * own;
  static constexpr int blockChannels = warpChannels * warps;
};

// Tokens of a tile: a row of a warp's channels takes 32 bytes a lane of it, whatever the type.
template <class T, class Variant>
constexpr int tileTokens = 1024 / static_cast<int>(sizeof(T)) / Variant::warpChannels;

// A tile of one tensor. A tile's y overwrites its u.
template <class T, class Variant>
using Tile = T[tileTokens<T, Variant>][Variant::warpChannels];

// Shared memory of one warp.
template <class T, class Variant>
struct alignas(16) WarpTiles {
  Tile<T, Variant> u[2], delta[2], z, other;
};

// Of one direction: B in columns 0..15, C in 16..31; `raw` as it comes from memory.
using ProjectedRow = float[2 * scanStates];
template <class T, class Variant>
struct alignas(16) ProjectedTiles {
  ProjectedRow rows[2][tileTokens<T, Variant>];
  T raw[tileTokens<T, Variant> * 2 * scanStates];
};

// The packs of 16 bytes of a tile that a lane moves: at one column of every `rowsApart`th row.
template <class T, class Variant>
struct LaneShare {
  static constexpr int packsPerRow = Variant::warpChannels / Pack<T>::size;
  static constexpr int rowsApart = 32 / packsPerRow;
  static constexpr int packs = tileTokens<T, Variant> / rowsApart;
  static_assert(32 % packsPerRow == 0 && tileTokens<T, Variant> % rowsApart == 0);
};

// 8 or 16 bytes to shared memory, asynchronously; zeros if they do not exist.
template <int bytes>
__device__ __forceinline__ void copyAsync(void* shared, const void* source, bool exists) {
  const auto address = static_cast<std::uint32_t>(__cvta_generic_to_shared(shared));
  // Of the source as many bytes are read as the last operand says, and zeros follow.
  if constexpr (bytes == 16) {
    asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(address), "l"(source), "r"(exists ? bytes : 0));
  } else {
    asm volatile("cp.async.ca.shared.global [%0], [%1], 8, %2;" ::"r"(address), "l"(source), "r"(exists ? bytes : 0));
  }
}

// Moves `count` values to shared memory, zeros for those beyond `values`, how many exist. Where rows start on 16 bytes they
// hold whole packs, which go asynchronously; others are read value by value.
template <bool aligned, int count, class T>
__device__ __forceinline__ void fetch(T* shared, const T* source, int values) {
  if constexpr (aligned) {
    copyAsync<count * static_cast<int>(sizeof(T))>(shared, source, values > 0);
  } else {
#pragma unroll
    for (int i = 0; i < count; ++i) shared[i] = i < values ? source[i] : fromFloat<T>(0.0f);
  }
}
__device__ __forceinline__ void waitForCopies() { asm volatile("cp.async.wait_all;" ::: "memory"); }

template <bool aligned, class T>
__device__ __forceinline__ void writePack(T* target, const Pack<T>& pack, int values) {
  if constexpr (aligned) {
    if (values > 0) storePack(target, pack);
  } else {
#pragma unroll
    for (int i = 0; i < Pack<T>::size; ++i) {
      if (i < values) target[i] = pack.values[i];
    }
  }
}

// float32 inputs deserve the accurate function: log2's unit loses the small deltas.
__device__ __forceinline__ float preciseSoftplusInLog2(float x) { return x > 24.0f ? x : log2E * log1pf(exp2f(x)); }

// Of 16 exponentials of a lane, `polynomials` go to the FMA pipes, evenly spread.
template <int polynomials>
__device__ __forceinline__ float exponential(int index, float x) {
  return (index + 1) * polynomials / 16 != index * polynomials / 16 ? exp2Polynomial(x) : exp2Special(x);
}

// Where a lane's states belong.
struct LanePlace {
  const ScanLaunch& launch;
  int firstChannel, batch, lane;

  __device__ __forceinline__ std::int64_t summaryOf(int slot, int channel) const {
    return (static_cast<std::int64_t>(slot) * launch.scan.batch + batch) * launch.scan.channels + channel;
  }
};

// `own` neighbouring values.
template <int own, class T>
__device__ __forceinline__ void loadOwn(const T* source, float (&values)[own]) {
  if constexpr (own == 2 && sizeof(T) == 2) {
    const std::uint32_t word = *reinterpret_cast<const std::uint32_t*>(source);
    const T* const both = reinterpret_cast<const T*>(&word);
    values[0] = toFloat(both[0]);
    values[1] = toFloat(both[1]);
  } else {
#pragma unroll
    for (int k = 0; k < own; ++k) values[k] = toFloat(source[k]);
  }
}
template <int own, class T>
__device__ __forceinline__ void storeOwn(T* target, const float (&values)[own]) {
  if constexpr (own == 2 && sizeof(T) == 2) {
    const T both[2] = {fromFloat<T>(values[0]), fromFloat<T>(values[1])};
    *reinterpret_cast<std::uint32_t*>(target) = *reinterpret_cast<const std::uint32_t*>(both);
  } else {
#pragma unroll
    for (int k = 0; k < own; ++k) target[k] = fromFloat<T>(values[k]);
  }
}

// A lane holds all states of `own` channels. Everything on the FMA pipes and the special-function units.
template <class T, class Variant, ScanPass pass>
class FmaScan {
  static constexpr int own = Variant::own;

 public:
  __device__ __forceinline__ FmaScan(const LanePlace& place, const DeviceScanDirection& direction) : place_(place) {
#pragma unroll
    for (int k = 0; k < own; ++k) {
      const int e = min(channel(k), place.launch.scan.channels - 1);
#pragma unroll
      for (int n = 0; n < scanStates; ++n) {
        rates_[k][n] = direction.A[static_cast<std::int64_t>(e) * scanStates + n];
        h_[k][n] = 0.0f;
      }
      skip_[k] = direction.D != nullptr ? direction.D[e] : 0.0f;
      bias_[k] = direction.deltaBias != nullptr ? direction.deltaBias[e] * log2E : 0.0f;
    }
  }

  __device__ __forceinline__ void advance(Tile<T, Variant>& u, const Tile<T, Variant>& delta,
                                          const ProjectedRow (&projected)[tileTokens<T, Variant>]) {
#pragma unroll Variant::unroll
    for (int row = 0; row < tileTokens<T, Variant>; ++row) {
      float value[own], step[own], input[own], y[own];
      loadOwn<own>(&u[row][place_.lane * own], value);
      loadOwn<own>(&delta[row][place_.lane * own], step);
#pragma unroll
      for (int k = 0; k < own; ++k) {
        const float raw = fmaf(step[k], log2E, bias_[k]);
        step[k] = sizeof(T) == 4 ? preciseSoftplusInLog2(raw) : softplusInLog2(raw);
        input[k] = step[k] * value[k];
        y[k] = 0.0f;
        if constexpr (pass == ScanPass::summarize) deltaSum_[k] += step[k];
      }
#pragma unroll
      for (int n = 0; n < scanStates; n += 4) {
        const float4 b4 = *reinterpret_cast<const float4*>(&projected[row][n]);
        const float4 c4 = *reinterpret_cast<const float4*>(&projected[row][scanStates + n]);
        const float b[4] = {b4.x, b4.y, b4.z, b4.w}, c[4] = {c4.x, c4.y, c4.z, c4.w};
#pragma unroll
        for (int i = 0; i < 4; ++i) {
#pragma unroll
          for (int k = 0; k < own; ++k) {
            const float decay = exponential<Variant::polynomials>(n + i, step[k] * rates_[k][n + i]);
            h_[k][n + i] = fmaf(decay, h_[k][n + i], input[k] * b[i]);
            if constexpr (pass != ScanPass::summarize) y[k] = fmaf(h_[k][n + i], c[i], y[k]);
          }
        }
      }
      if constexpr (pass != ScanPass::summarize) {
#pragma unroll
        for (int k = 0; k < own; ++k) y[k] = fmaf(ln2, y[k], skip_[k] * value[k]);
        storeOwn<own>(&u[row][place_.lane * own], y);
      }
    }
  }

  // Calls body(i, state) for the states of the lane.
  static constexpr int stateCount = own * scanStates;
  template <class Body>
  __device__ __forceinline__ void forEachState(Body body) {
#pragma unroll
    for (int k = 0; k < own; ++k) {
#pragma unroll
      for (int n = 0; n < scanStates; ++n) body(k * scanStates + n, h_[k][n]);
    }
  }

  __device__ __forceinline__ void storeSummary(int slot) const {
#pragma unroll
    for (int k = 0; k < own; ++k) {
      if (channel(k) >= place_.launch.scan.channels) continue;
      const std::int64_t at = place_.summaryOf(slot, channel(k));
#pragma unroll
      for (int n = 0; n < scanStates; ++n) place_.launch.summaries.states[at * scanStates + n] = h_[k][n];
      place_.launch.summaries.deltaSums[at] = deltaSum_[k];
    }
  }

  // h -> what the chunk of `slot` makes of it.
  __device__ __forceinline__ void applySummary(int slot) {
#pragma unroll
    for (int k = 0; k < own; ++k) {
      const std::int64_t at = place_.summaryOf(slot, min(channel(k), place_.launch.scan.channels - 1));
      const float deltaSum = place_.launch.summaries.deltaSums[at];
#pragma unroll
      for (int n = 0; n < scanStates; ++n) {
        const float added = place_.launch.summaries.states[at * scanStates + n];
        h_[k][n] = fmaf(exp2Special(deltaSum * rates_[k][n]), h_[k][n], added);
      }
    }
  }

 private:
  __device__ __forceinline__ int channel(int k) const { return place_.firstChannel + place_.lane * own + k; }

  const LanePlace place_;
  float rates_[own][scanStates], h_[own][scanStates];
  float skip_[own], bias_[own], deltaSum_[own] = {};
};

// How a variant keeps its states; a variant of another kind specializes this.
template <class Variant>
struct StatesOf {
  template <class T, ScanPass pass>
  using Type = FmaScan<T, Variant, pass>;
};

// A stretch of the steps of one job; all threads of the block together.
template <class T, class Variant, ScanPass pass, bool aligned>
class JobWalk {
  static constexpr int directionThreads = 32 * Variant::warps;
  static constexpr int quadsPerRow = 2 * scanStates / 4;
  static constexpr int quads = tileTokens<T, Variant> * quadsPerRow;
  static_assert(quads % directionThreads == 0);
  using Share = LaneShare<T, Variant>;
  using Scan = typename StatesOf<Variant>::template Type<T, pass>;

 public:
  struct Shared {
    WarpTiles<T, Variant> warps[2 * Variant::warps];
    ProjectedTiles<T, Variant> projected[2];
  };

  __device__ __forceinline__ JobWalk(const ScanLaunch& launch, Shared& shared, int job)
      : launch_(launch), shared_(shared), job_(job) {
    const int strips = (launch.scan.channels + Variant::blockChannels - 1) / Variant::blockChannels;
    strip_ = job % strips;
    batch_ = job / strips % launch.scan.batch;
    chunk_ = job / strips / launch.scan.batch;
    const int allTiles = (launch.scan.length + tileTokens<T, Variant> - 1) / tileTokens<T, Variant>;
    tiles_ = min(launch.tilesPerChunk, allTiles - chunk_ * launch.tilesPerChunk);
    // With an odd number of tiles both directions would reach the middle one at the same time; the backward one waits.
    delay_ = both() ? tiles_ % 2 : 0;
  }

  __device__ __forceinline__ int steps() const { return tiles_ + delay_; }

  __device__ __forceinline__ void walkSegment(int segment) {
    const int begin = segment * launch_.queue.stepsPerSegment, end = min(begin + launch_.queue.stepsPerSegment, steps());
    const DeviceScan& scan = launch_.scan;
    const DeviceScanDirection& direction = backward() ? scan.backward : scan.forward;
    Scan states(LanePlace{launch_, firstChannel(), batch_, lane()}, direction);
    if constexpr (pass == ScanPass::resume) enterChunk(states);
    if (segment > 0) takeOver(states, segment);
    if (!both()) {
      // Nobody fills this direction's `other`.
#pragma unroll
      for (int i = 0; i < Share::packs; ++i) storePack(&tiles().other[laneRow() + i * Share::rowsApart][column()], Pack<T>{});
    }
    __syncthreads();
    Cursor cursor = cursorAt(max(begin, firstStep()));
    if (isActive(begin)) {
      fetchTokens(cursor, begin % 2);
      waitForCopies();
      spreadProjected(begin);
    }
    __syncthreads();
    for (int step = begin; step < end; ++step) {
      // From here on each direction reads what the other one has written, the latest of it in the step before this one.
      if (both() && 2 * step == steps()) __syncthreads();
      const bool fetchesNext = step + 1 < end && isActive(step + 1);
      if (fetchesNext) fetchTokens(cursor, (step + 1) % 2);
      if (isActive(step)) {
        if (finishes(step)) fetchGate(step);
        states.advance(tiles().u[step % 2], tiles().delta[step % 2], projected().rows[step % 2]);
      }
      waitForCopies();
      if (fetchesNext) spreadProjected(step + 1);
      if (pass != ScanPass::summarize && isActive(step)) write(step);
      syncDirection();
    }
    if constexpr (pass == ScanPass::summarize) {
      states.storeSummary((backward() ? launch_.chunks : 0) + chunk_);
    }
    if (segment + 1 < launch_.queue.segments) handOver(states, segment);
  }

 private:
  // B and C are shared by the warps of a direction, of which one alone need not wait for anybody.
  __device__ __forceinline__ void syncDirection() const {
    if constexpr (Variant::warps == 1) __syncwarp();
    else asm volatile("bar.sync %0, %1;" ::"r"(1 + slot()), "n"(directionThreads) : "memory");
  }
  __device__ __forceinline__ static int lane() { return threadIdx.x % 32; }
  __device__ __forceinline__ static int warp() { return threadIdx.x / 32; }
  __device__ __forceinline__ static bool both() { return blockDim.x > directionThreads; }
  __device__ __forceinline__ int slot() const { return threadIdx.x / directionThreads; }
  __device__ __forceinline__ bool backward() const { return both() ? slot() == 1 : launch_.scan.forward.u == nullptr; }
  __device__ __forceinline__ int sign() const { return backward() ? -1 : 1; }
  __device__ __forceinline__ int firstChannel() const {
    return strip_ * Variant::blockChannels + warp() % Variant::warps * Variant::warpChannels;
  }
  __device__ __forceinline__ WarpTiles<T, Variant>& tiles() const { return shared_.warps[warp()]; }
  __device__ __forceinline__ ProjectedTiles<T, Variant>& projected() const { return shared_.projected[slot()]; }

  __device__ __forceinline__ int firstStep() const { return backward() ? delay_ : 0; }
  __device__ __forceinline__ bool isActive(int step) const { return step >= firstStep() && step < firstStep() + tiles_; }
  // The direction that comes to a tile later finishes it; the other one came at step `steps - 1 - step`.
  __device__ __forceinline__ bool finishes(int step) const {
    return pass != ScanPass::summarize && (!both() || 2 * step >= steps());
  }
  // Natural position of row `row` of the tile of a step; rows are in the order of the scan.
  __device__ __forceinline__ int tokenOf(int step, int row) const {
    const int walked = (step - firstStep()) * tileTokens<T, Variant> + row;
    return chunk_ * launch_.tilesPerChunk * tileTokens<T, Variant> + (backward() ? tiles_ * tileTokens<T, Variant> - 1 - walked : walked);
  }

  // What this lane moves of a tile: one column of packs.
  __device__ __forceinline__ static int laneRow() { return lane() / Share::packsPerRow; }
  __device__ __forceinline__ static int column() { return lane() % Share::packsPerRow * Pack<T>::size; }
  // Calls body(row in the tile, token, how many values of the pack exist).
  template <class Body>
  __device__ __forceinline__ void forEachPack(int step, Body body) const {
    const int present = launch_.scan.channels - firstChannel() - column();
#pragma unroll
    for (int i = 0; i < Share::packs; ++i) {
      const int row = laneRow() + i * Share::rowsApart, token = tokenOf(step, row);
      body(row, token, token < launch_.scan.length ? present : 0);
    }
  }

  // Where this thread fetches the next tile from; tiles are fetched in the order of the scan, each once.
  struct Cursor {
    const T* u;
    const T* delta;
    const T* bc;
    int token, quadToken;  // natural positions
  };
  __device__ __forceinline__ Cursor cursorAt(int step) const {
    const DeviceScan& scan = launch_.scan;
    const DeviceScanDirection& direction = backward() ? scan.backward : scan.forward;
    const int thread = threadIdx.x % directionThreads, quadColumn = thread % quadsPerRow * 4;
    const int token = tokenOf(step, laneRow()), quadToken = tokenOf(step, thread / quadsPerRow);
    const std::int64_t sequence = static_cast<std::int64_t>(batch_) * scan.length;
    const std::int64_t place = (sequence + token) * scan.channels + firstChannel() + column();
    const T* const bc = static_cast<const T*>(quadColumn < scanStates ? direction.B : direction.C);
    return {static_cast<const T*>(direction.u) + place, static_cast<const T*>(direction.delta) + place,
            bc + (sequence + quadToken) * scan.bcStride + quadColumn % scanStates, token, quadToken};
  }

  __device__ __forceinline__ void fetchTokens(Cursor& cursor, int stage) const {
    const int L = launch_.scan.length, E = launch_.scan.channels;
    const int present = E - firstChannel() - column();
#pragma unroll
    for (int i = 0; i < Share::packs; ++i) {
      const int away = sign() * i * Share::rowsApart, row = laneRow() + i * Share::rowsApart;
      const int values = cursor.token + away < L ? present : 0;
      fetch<aligned, Pack<T>::size>(&tiles().u[stage][row][column()], cursor.u + away * E, values);
      fetch<aligned, Pack<T>::size>(&tiles().delta[stage][row][column()], cursor.delta + away * E, values);
    }
#pragma unroll
    for (int i = 0; i < quads / directionThreads; ++i) {
      const int away = sign() * i * (directionThreads / quadsPerRow);
      T* const target = &projected().raw[4 * (i * directionThreads + threadIdx.x % directionThreads)];
      fetch<aligned, 4>(target, cursor.bc + away * launch_.scan.bcStride, cursor.quadToken + away < L ? 4 : 0);
    }
    const int tokens = sign() * tileTokens<T, Variant>;
    cursor.u += tokens * E;
    cursor.delta += tokens * E;
    cursor.bc += tokens * launch_.scan.bcStride;
    cursor.token += tokens;
    cursor.quadToken += tokens;
  }
  // B and C to float32, what this thread fetched.
  __device__ __forceinline__ void spreadProjected(int step) const {
#pragma unroll
    for (int i = 0; i < quads; i += directionThreads) {
      const int quad = i + threadIdx.x % directionThreads;
      Quad<T> raw = reinterpret_cast<const Quad<T>*>(projected().raw)[quad];
      reinterpret_cast<float4*>(projected().rows[step % 2])[quad] = {toFloat(raw.values[0]), toFloat(raw.values[1]),
                                                                     toFloat(raw.values[2]), toFloat(raw.values[3])};
    }
  }
  __device__ __forceinline__ T* outputOf(int token) const {
    const DeviceScan& scan = launch_.scan;
    const std::int64_t row = static_cast<std::int64_t>(batch_) * scan.length + token;
    return static_cast<T*>(scan.out) + row * scan.channels + firstChannel() + column();
  }
  __device__ __forceinline__ void fetchGate(int step) const {
    const DeviceScan& scan = launch_.scan;
    forEachPack(step, [&](int row, int token, int values) {
      if (scan.z != nullptr) {
        const std::int64_t zRow = static_cast<std::int64_t>(batch_) * scan.length + token;
        const T* const z = static_cast<const T*>(scan.z) + zRow * scan.zStride + firstChannel() + column();
        fetch<aligned, Pack<T>::size>(&tiles().z[row][column()], z, values);
      }
      if (both()) {
        fetch<aligned, Pack<T>::size>(&tiles().other[row][column()], const_cast<const T*>(outputOf(token)), values);
      }
    });
  }
  // The tile's y, which lies where its u was, to memory; gated where the other direction has been before.
  __device__ __forceinline__ void write(int step) const {
    __syncwarp();
    const bool isGated = launch_.scan.z != nullptr;
    forEachPack(step, [&](int row, int token, int values) {
      Pack<T> result = loadPack(&tiles().u[step % 2][row][column()]);
      if (finishes(step)) {
        float y[Pack<T>::size], other[Pack<T>::size], gate[Pack<T>::size];
        unpack(result, y);
        unpack(loadPack(&tiles().other[row][column()]), other);
        unpack(loadPack(&tiles().z[row][column()]), gate);
#pragma unroll
        for (int k = 0; k < Pack<T>::size; ++k) y[k] += other[k];
        if (isGated) {
#pragma unroll
          for (int k = 0; k < Pack<T>::size; ++k) y[k] *= silu<T>(gate[k]);
        }
        result = pack<T>(y);
      }
      writePack<aligned>(outputOf(token), result, values);
    });
  }

  // Summaries of the forward direction lie in slots 0 .. chunks - 1, those of the backward one behind them.
  __device__ __forceinline__ void enterChunk(Scan& states) const {
    if (backward()) {
#pragma unroll 4
      for (int c = launch_.chunks - 1; c > chunk_; --c) states.applySummary(launch_.chunks + c);
    } else {
#pragma unroll 4
      for (int c = 0; c < chunk_; ++c) states.applySummary(c);
    }
  }

  __device__ __forceinline__ float& handedState(int i) const {
    return launch_.queue.states[(static_cast<std::size_t>(job_) * Scan::stateCount + i) * blockDim.x + threadIdx.x];
  }
  __device__ __forceinline__ void handOver(Scan& states, int segment) const {
    states.forEachState([&](int i, float& state) { handedState(i) = state; });
    __threadfence();  // the states, and `out` as far as it is written
    __syncthreads();
    if (threadIdx.x == 0) atomicExch(&launch_.queue.finished[job_], segment + 1u);
  }
  __device__ __forceinline__ void takeOver(Scan& states, int segment) const {
    if (threadIdx.x == 0) {
      while (atomicAdd(&launch_.queue.finished[job_], 0u) < static_cast<unsigned>(segment)) __nanosleep(100);
    }
    __syncthreads();
    __threadfence();
    states.forEachState([&](int i, float& state) { state = __ldcg(&handedState(i)); });
  }

  const ScanLaunch& launch_;
  Shared& shared_;
  const int job_;
  int strip_, batch_, chunk_, tiles_, delay_;
};

// Block: `warps` * 32 threads for each direction that is present.
template <class T, class Variant, ScanPass pass, bool aligned>
__global__ __launch_bounds__(64 * Variant::warps, Variant::minBlocks) void scanKernel(
    const __grid_constant__ ScanLaunch launch) {
  using Walk = JobWalk<T, Variant, pass, aligned>;
  __shared__ typename Walk::Shared shared;
  __shared__ unsigned next;
  const ScanQueue& queue = launch.queue;
  if (queue.taken == nullptr) {
    Walk(launch, shared, blockIdx.x % queue.jobs).walkSegment(blockIdx.x / queue.jobs);
    return;
  }
  const unsigned items = queue.jobs * queue.segments;
  while (true) {
    if (threadIdx.x == 0) next = atomicAdd(queue.taken, 1u);
    __syncthreads();
    const unsigned item = next;
    if (item >= items) return;
    Walk(launch, shared, item % queue.jobs).walkSegment(item / queue.jobs);
    __syncthreads();
  }
}

}  // namespace videre::cuda
