// The three number types of activations, and the few mathematical functions the kernels share.
#pragma once

#include <cuda_bf16.h>
#include <cuda_fp16.h>

#include <cstdint>
#include <type_traits>

namespace videre::cuda {

using bfloat16 = __nv_bfloat16;
using float16 = __half;

constexpr float log2E = 1.4426950408889634f;
constexpr float ln2 = 0.6931471805599453f;

__device__ __forceinline__ float toFloat(float value) { return value; }
__device__ __forceinline__ float toFloat(float16 value) { return __half2float(value); }
__device__ __forceinline__ float toFloat(bfloat16 value) { return __bfloat162float(value); }

template <class T>
__device__ __forceinline__ T fromFloat(float value);
template <>
__device__ __forceinline__ float fromFloat<float>(float value) { return value; }
template <>
__device__ __forceinline__ float16 fromFloat<float16>(float value) { return __float2half_rn(value); }
template <>
__device__ __forceinline__ bfloat16 fromFloat<bfloat16>(float value) { return __float2bfloat16_rn(value); }

// 16 bytes, the widest access of a thread.
template <class T>
struct alignas(16) Pack {
  static constexpr int size = 16 / sizeof(T);
  T values[size];
};

template <class T>
struct alignas(4 * sizeof(T)) Quad {
  T values[4];
};

// As words: element by element the compiler would shuffle halves.
template <class T>
__device__ __forceinline__ Pack<T> loadPack(const T* source) {
  Pack<T> pack;
  *reinterpret_cast<uint4*>(&pack) = *reinterpret_cast<const uint4*>(source);
  return pack;
}
template <class T>
__device__ __forceinline__ void storePack(T* target, const Pack<T>& pack) {
  *reinterpret_cast<uint4*>(target) = *reinterpret_cast<const uint4*>(&pack);
}

// The halves of a 32 bit word apart, one instruction each.
__device__ __forceinline__ void unpack(const Pack<float>& pack, float (&values)[4]) {
#pragma unroll
  for (int i = 0; i < 4; ++i) values[i] = pack.values[i];
}
__device__ __forceinline__ void unpack(const Pack<bfloat16>& pack, float (&values)[8]) {
  const auto* words = reinterpret_cast<const std::uint32_t*>(&pack);
#pragma unroll
  for (int i = 0; i < 4; ++i) {
    values[2 * i] = __uint_as_float(words[i] << 16);
    values[2 * i + 1] = __uint_as_float(words[i] & 0xffff0000u);
  }
}
__device__ __forceinline__ void unpack(const Pack<float16>& pack, float (&values)[8]) {
  const auto* words = reinterpret_cast<const __half2*>(&pack);
#pragma unroll
  for (int i = 0; i < 4; ++i) {
    const float2 both = __half22float2(words[i]);
    values[2 * i] = both.x;
    values[2 * i + 1] = both.y;
  }
}

template <class T>
__device__ __forceinline__ Pack<T> pack(const float (&values)[Pack<T>::size]) {
  Pack<T> result;
  if constexpr (std::is_same_v<T, bfloat16>) {
#pragma unroll
    for (int i = 0; i < 4; ++i) {
      reinterpret_cast<__nv_bfloat162*>(&result)[i] = __floats2bfloat162_rn(values[2 * i], values[2 * i + 1]);
    }
  } else if constexpr (std::is_same_v<T, float16>) {
#pragma unroll
    for (int i = 0; i < 4; ++i) {
      reinterpret_cast<__half2*>(&result)[i] = __floats2half2_rn(values[2 * i], values[2 * i + 1]);
    }
  } else {
#pragma unroll
    for (int i = 0; i < 4; ++i) result.values[i] = values[i];
  }
  return result;
}

// One instruction of the special-function units each; about 2 ulp, denormals are 0.
__device__ __forceinline__ float exp2Special(float x) {
  float result;
  asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(result) : "f"(x));
  return result;
}
__device__ __forceinline__ float log2Special(float x) {
  float result;
  asm("lg2.approx.ftz.f32 %0, %1;" : "=f"(result) : "f"(x));
  return result;
}

// 2^x for x <= 0 on the FMA pipes: x = i + f, |f| <= 1/2, and a cubic with p(0) = 1 for 2^f whose largest relative error
// is 1.0e-4 and, near 0, 3.8e-4 |f|: a slow decay stays as slow as it is.
__device__ __forceinline__ float exp2Polynomial(float x) {
  constexpr float roundToInteger = 12582912.0f;  // 1.5 * 2^23
  x = fmaxf(x, -126.0f);
  const float shifted = x + roundToInteger;
  const float f = x - (shifted - roundToInteger);
  const float p = fmaf(fmaf(fmaf(0.05500837f, f, 0.24220985f), f, 0.69328287f), f, 1.0f);
  return __int_as_float(__float_as_int(p) + (__float_as_int(shifted) << 23));
}

// log2(1 + 2^x). Beyond 2^24 the 1 is lost anyway, and further on 2^x overflows.
__device__ __forceinline__ float softplusInLog2(float x) { return x > 24.0f ? x : log2Special(1.0f + exp2Special(x)); }

__device__ __forceinline__ float reciprocalSpecial(float x) {
  float result;
  asm("rcp.approx.ftz.f32 %0, %1;" : "=f"(result) : "f"(x));
  return result;
}

// x / (1 + exp(-x)), as precise as T. For bfloat16 = x/2 + x/2 tanh(x/2), one special function instead of two, whose error is
// at most |x| 2^-12: less than the rounding of T but for the small results of negative x, of which it is a few percent.
template <class T>
__device__ __forceinline__ float silu(float x) {
  if constexpr (std::is_same_v<T, bfloat16>) {
    const float half = 0.5f * x;
    float tangent;
    asm("tanh.approx.f32 %0, %1;" : "=f"(tangent) : "f"(half));
    return fmaf(half, tangent, half);
  } else {
    return x * reciprocalSpecial(1.0f + exp2Special(-log2E * x));
  }
}

}  // namespace videre::cuda
