// Node-API face of the CUDA video encoder: reads arguments, calls the encoder off the JavaScript thread, and nothing
// else. Exports, with what they take and give described in src/adapters/encoder-cuda/cuda-addon.ts:
//   describeDevice(index)
//   deviceBytesNeeded(config)
//   createEncoder(config, tensors): Promise of an encoder with encode, encodePixels, close
//   selectiveScan(shape, input, out)  as in src/model/selective-scan.ts, on the JavaScript thread: for tests
// What the encoder refuses is an Error with its ErrorCode's name as property `code`.

#include <napi.h>

#include <memory>
#include <string>
#include <utility>

#include "../include/video_encoder_cuda.h"
#include "cuda-arguments.h"
#include "scan-arguments.h"

namespace videre::cuda {
namespace {

const char* nameOf(ErrorCode code) {
  switch (code) {
    case ErrorCode::none:
      return "none";
    case ErrorCode::noDevice:
      return "noDevice";
    case ErrorCode::unsupportedDevice:
      return "unsupportedDevice";
    case ErrorCode::missingLibrary:
      return "missingLibrary";
    case ErrorCode::outOfMemory:
      return "outOfMemory";
    case ErrorCode::invalidModel:
      return "invalidModel";
    case ErrorCode::invalidInput:
      return "invalidInput";
    case ErrorCode::deviceFailure:
      return "deviceFailure";
  }
  return "deviceFailure";
}

Napi::Error errorOf(Napi::Env env, const Status& status) {
  Napi::Error error = Napi::Error::New(env, status.message);
  error.Set("code", Napi::String::New(env, nameOf(status.code)));
  return error;
}

Napi::Object describe(Napi::Env env, const DeviceDescription& device) {
  const auto number = [env](auto value) { return Napi::Number::New(env, static_cast<double>(value)); };
  Napi::Object result = Napi::Object::New(env);
  result.Set("index", number(device.index));
  result.Set("name", Napi::String::New(env, device.name));
  result.Set("computeMajor", number(device.computeMajor));
  result.Set("computeMinor", number(device.computeMinor));
  result.Set("multiprocessors", number(device.multiprocessors));
  result.Set("totalBytes", number(device.totalBytes));
  result.Set("freeBytes", number(device.freeBytes));
  result.Set("driverVersion", number(device.driverVersion));
  result.Set("runtimeVersion", number(device.runtimeVersion));
  return result;
}

/** Work for one of Node's own threads, with a promise of its result. It holds what the arguments point into. */
class Task : public Napi::AsyncWorker {
 public:
  Napi::Promise start() {
    Queue();
    return deferred_.Promise();
  }

 protected:
  Task(Napi::Env env, const Napi::Object& held)
      : Napi::AsyncWorker(env, "videre_cuda"), deferred_(Napi::Promise::Deferred::New(env)) {
    held_ = Napi::Persistent(held);
  }

  virtual Status work() = 0;
  virtual Napi::Value result(Napi::Env env) = 0;

 private:
  void Execute() override { status_ = work(); }

  void OnOK() override {
    if (status_.ok()) {
      deferred_.Resolve(result(Env()));
    } else {
      deferred_.Reject(errorOf(Env(), status_).Value());
    }
  }

  // Only a C++ exception gets here, as when the process has no memory left.
  void OnError(const Napi::Error& error) override { deferred_.Reject(error.Value()); }

  Napi::Promise::Deferred deferred_;
  Napi::ObjectReference held_;
  Status status_;
};

/** What an encoding leaves: arrays of JavaScript, written by the encoder. */
class Results {
 public:
  Results(Napi::Env env, const VideoEncoderConfig& config, std::size_t count, const Napi::Value& wanted)
      : arrays_(Napi::Persistent(Napi::Object::New(env))) {
    const std::size_t timeSteps = static_cast<std::size_t>(config.frames / config.tubelet);
    const std::size_t edge = static_cast<std::size_t>(config.imageSize / config.patchSize);
    const std::size_t width = static_cast<std::size_t>(config.width);
    const auto isWanted = [&](const char* name) {
      return wanted.IsObject() && wanted.As<Napi::Object>().Get(name).ToBoolean().Value();
    };
    outputs_.vectors = add("vectors", count * static_cast<std::size_t>(config.outputs));
    if (isWanted("tokens")) outputs_.tokens = add("tokens", count * timeSteps * edge * edge * width);
    if (isWanted("pooled")) outputs_.pooled = add("pooled", count * timeSteps * width);
    if (isWanted("projected")) {
      outputs_.projected = add("projected", count * timeSteps * static_cast<std::size_t>(config.outputs));
    }
    if (isWanted("features")) outputs_.features = add("features", count * width);
  }

  const EncodeOutputs& outputs() const { return outputs_; }
  Napi::Object arrays() const { return arrays_.Value(); }

 private:
  float* add(const char* name, std::size_t length) {
    Napi::Float32Array array = Napi::Float32Array::New(arrays_.Env(), length);
    arrays_.Value().Set(name, array);
    return array.Data();
  }

  Napi::ObjectReference arrays_;
  EncodeOutputs outputs_;
};

class EncodeClips final : public Task {
 public:
  EncodeClips(Napi::Env env, const Napi::Object& held, std::shared_ptr<VideoEncoder> encoder, ClipBatch clips,
              Results results)
      : Task(env, held), encoder_(std::move(encoder)), clips_(std::move(clips)), results_(std::move(results)) {}

 private:
  Status work() override { return encoder_->encode(clips_.clips(), clips_.count(), results_.outputs()); }
  Napi::Value result(Napi::Env) override { return results_.arrays(); }

  std::shared_ptr<VideoEncoder> encoder_;
  ClipBatch clips_;
  Results results_;
};

class EncodePixels final : public Task {
 public:
  EncodePixels(Napi::Env env, const Napi::Object& held, std::shared_ptr<VideoEncoder> encoder, const float* pixels,
               std::size_t count, Results results)
      : Task(env, held), encoder_(std::move(encoder)), pixels_(pixels), count_(count), results_(std::move(results)) {}

 private:
  Status work() override { return encoder_->encodePixels(pixels_, count_, results_.outputs()); }
  Napi::Value result(Napi::Env) override { return results_.arrays(); }

  std::shared_ptr<VideoEncoder> encoder_;
  const float* pixels_;
  std::size_t count_;
  Results results_;
};

/** An encoder as JavaScript holds it. `close` lets go of it; what is under way keeps it until it is done. */
class EncoderHandle final : public Napi::ObjectWrap<EncoderHandle> {
 public:
  static Napi::Function define(Napi::Env env) {
    return DefineClass(env, "CudaEncoder",
                       {InstanceMethod<&EncoderHandle::encode>("encode"),
                        InstanceMethod<&EncoderHandle::encodePixels>("encodePixels"),
                        InstanceMethod<&EncoderHandle::close>("close"),
                        InstanceAccessor<&EncoderHandle::deviceBytes>("deviceBytes")});
  }

  static Napi::Object wrap(const Napi::FunctionReference& constructor, std::unique_ptr<VideoEncoder> encoder) {
    const Napi::Object object = constructor.New({});
    Unwrap(object)->encoder_ = std::move(encoder);
    return object;
  }

  explicit EncoderHandle(const Napi::CallbackInfo& info) : Napi::ObjectWrap<EncoderHandle>(info) {}

 private:
  // (clips, wanted)
  Napi::Value encode(const Napi::CallbackInfo& info) {
    const Napi::Env env = info.Env();
    requireOpen(env);
    ClipBatch clips(info[0], encoder_->config().frames);
    Results results(env, encoder_->config(), clips.count(), info[1]);
    return (new EncodeClips(env, holdFrames(info[0].As<Napi::Array>()), encoder_, std::move(clips),
                            std::move(results)))
        ->start();
  }

  // (pixels, count, wanted)
  Napi::Value encodePixels(const Napi::CallbackInfo& info) {
    const Napi::Env env = info.Env();
    requireOpen(env);
    const View<float> pixels = readElements<float>(info[0], "pixels");
    const VideoEncoderConfig& config = encoder_->config();
    const std::uint64_t perClip = std::uint64_t{3} * static_cast<std::uint32_t>(config.frames) *
                                  static_cast<std::uint32_t>(config.imageSize) *
                                  static_cast<std::uint32_t>(config.imageSize);
    const std::int64_t count = info[1].ToNumber().Int64Value();
    if (count < 1 || pixels.length != static_cast<std::uint64_t>(count) * perClip) {
      failArgument(env, "pixels", std::to_string(perClip) + " values a clip");
    }
    Results results(env, config, static_cast<std::size_t>(count), info[2]);
    return (new EncodePixels(env, info[0].As<Napi::Object>(), encoder_, pixels.data, static_cast<std::size_t>(count),
                             std::move(results)))
        ->start();
  }

  void close(const Napi::CallbackInfo&) { encoder_.reset(); }

  Napi::Value deviceBytes(const Napi::CallbackInfo& info) {
    requireOpen(info.Env());
    return Napi::Number::New(info.Env(), static_cast<double>(encoder_->deviceBytes()));
  }

  void requireOpen(Napi::Env env) const {
    if (encoder_ == nullptr) throw Napi::Error::New(env, "the encoder is closed");
  }

  /** The frames themselves: the caller may change its own lists while the clips are under way. */
  static Napi::Array holdFrames(const Napi::Array& clips) {
    Napi::Array held = Napi::Array::New(clips.Env());
    for (std::uint32_t i = 0; i < clips.Length(); i++) {
      const Napi::Array frames = clips.Get(i).As<Napi::Object>().Get("frames").As<Napi::Array>();
      for (std::uint32_t t = 0; t < frames.Length(); t++) held.Set(held.Length(), frames.Get(t));
    }
    return held;
  }

  std::shared_ptr<VideoEncoder> encoder_;
};

class CreateEncoder final : public Task {
 public:
  CreateEncoder(Napi::Env env, const Napi::Object& held, const Napi::FunctionReference& constructor,
                const VideoEncoderConfig& config, TensorTable tensors)
      : Task(env, held), constructor_(constructor), config_(config), tensors_(std::move(tensors)) {}

 private:
  Status work() override { return createVideoEncoder(config_, tensors_, encoder_); }
  Napi::Value result(Napi::Env) override { return EncoderHandle::wrap(constructor_, std::move(encoder_)); }

  const Napi::FunctionReference& constructor_;  // lives as long as the addon
  VideoEncoderConfig config_;
  TensorTable tensors_;
  std::unique_ptr<VideoEncoder> encoder_;
};

class VidereCuda final : public Napi::Addon<VidereCuda> {
 public:
  VidereCuda(Napi::Env env, Napi::Object exports) : encoder_(Napi::Persistent(EncoderHandle::define(env))) {
    DefineAddon(exports, {InstanceMethod<&VidereCuda::describeDevice>("describeDevice", napi_enumerable),
                          InstanceMethod<&VidereCuda::deviceBytesNeeded>("deviceBytesNeeded", napi_enumerable),
                          InstanceMethod<&VidereCuda::createEncoder>("createEncoder", napi_enumerable),
                          InstanceMethod<&VidereCuda::selectiveScan>("selectiveScan", napi_enumerable)});
  }

 private:
  // (index)
  Napi::Value describeDevice(const Napi::CallbackInfo& info) {
    DeviceDescription device;
    const Status status = cuda::describeDevice(info[0].ToNumber().Int32Value(), device);
    if (!status.ok()) throw errorOf(info.Env(), status);
    return describe(info.Env(), device);
  }

  // (config)
  Napi::Value deviceBytesNeeded(const Napi::CallbackInfo& info) {
    const std::size_t bytes = cuda::deviceBytesNeeded(readConfig(info[0]));
    return Napi::Number::New(info.Env(), static_cast<double>(bytes));
  }

  // (config, tensors)
  Napi::Value createEncoder(const Napi::CallbackInfo& info) {
    const VideoEncoderConfig config = readConfig(info[0]);
    TensorTable tensors = readTensors(info[1]);
    return (new CreateEncoder(info.Env(), info[1].As<Napi::Object>(), encoder_, config, std::move(tensors)))->start();
  }

  // (shape, input, out)
  Napi::Value selectiveScan(const Napi::CallbackInfo& info) {
    const ScanArguments arguments(info[0], info[1], info[2]);
    const Status status = cuda::selectiveScan(arguments.parameters(), 0);
    if (!status.ok()) throw errorOf(info.Env(), status);
    return info.Env().Undefined();
  }

  Napi::FunctionReference encoder_;
};

NODE_API_ADDON(VidereCuda)

}  // namespace
}  // namespace videre::cuda
