// The reference's causal convolution with SiLU behind a C function. kernels.py makes the header of the reference's
// causal_conv1d_fwd.cu, without the instantiations at its end.
#include <algorithm>

#include "causal_conv1d_fwd_templates.cuh"

struct ConvolutionCall {
  int batch, channels, length;
  unsigned xBatch, xChannel, outBatch, outChannel;  // of elements
  void *x, *weight, *bias, *out;                    // weight [E, 4]
};

template <class Number>
int launch(const ConvolutionCall& call, cudaStream_t stream) {
  ConvParamsBase params{};
  params.batch = call.batch;
  params.dim = call.channels;
  params.seqlen = call.length;
  params.width = 4;
  params.silu_activation = true;
  params.x_batch_stride = call.xBatch;
  params.x_c_stride = call.xChannel;
  params.x_l_stride = params.out_l_stride = 1;
  params.weight_c_stride = 4;
  params.weight_width_stride = 1;
  params.out_batch_stride = call.outBatch;
  params.out_c_stride = call.outChannel;
  params.x_ptr = call.x;
  params.weight_ptr = call.weight;
  params.bias_ptr = call.bias;
  params.out_ptr = call.out;
  causal_conv1d_fwd_launch<128, 4, Number, Number>(params, stream);
  return static_cast<int>(cudaGetLastError());
}

/** @param isHalf 1: float16, 0: bfloat16 @returns CUDA's error */
extern "C" int reference_convolution(const ConvolutionCall* call, int isHalf, void* stream) {
  return isHalf ? launch<at::Half>(*call, static_cast<cudaStream_t>(stream))
                : launch<at::BFloat16>(*call, static_cast<cudaStream_t>(stream));
}
