// Node-API face of the kernels: checks what it is handed and nothing else. Exports
//   selectiveScanLevels: string[]   what this machine can run, slowest first
//   int8DotProduct: boolean
//   selectiveScan(level, threads, shape, input, out)        as in src/model/selective-scan.ts
//   makeScanOperands(level, threads, shape, input, output)  as in src/model/scan-operands.ts

#include <napi.h>

#include <memory>
#include <mutex>
#include <new>

#include "../cpu/scan-operands.h"
#include "../cpu/selective-scan.h"
#include "operand-arguments.h"
#include "processor-arguments.h"
#include "scan-arguments.h"

namespace {

/**
 * One pool for the process, whichever threads load the addon. It is owned by the addon's instances and ends with the
 * last of them, so that no helper outlives the library's code when Node unloads it.
 */
std::shared_ptr<videre::ThreadPool> sharedThreadPool() {
  static std::mutex mutex;
  static std::weak_ptr<videre::ThreadPool> pool;
  const std::lock_guard lock(mutex);
  std::shared_ptr<videre::ThreadPool> existing = pool.lock();
  if (existing == nullptr) {
    existing = std::make_shared<videre::ThreadPool>();
    pool = existing;
  }
  return existing;
}

class VidereScan : public Napi::Addon<VidereScan> {
 public:
  VidereScan(Napi::Env env, Napi::Object exports) : pool_(sharedThreadPool()) {
    const Napi::Array levels = Napi::Array::New(env);
    for (const videre::InstructionLevel level : videre::availableLevels()) {
      levels.Set(levels.Length(), Napi::String::New(env, videre::nameOf(level)));
    }
    const Napi::Boolean int8 = Napi::Boolean::New(env, videre::hasInt8DotProduct());
    DefineAddon(exports, {InstanceValue("selectiveScanLevels", levels, napi_enumerable),
                          InstanceValue("int8DotProduct", int8, napi_enumerable),
                          InstanceMethod("selectiveScan", &VidereScan::selectiveScan, napi_enumerable),
                          InstanceMethod("makeScanOperands", &VidereScan::makeScanOperands, napi_enumerable)});
  }

 private:
  Napi::Value selectiveScan(const Napi::CallbackInfo& info) {
    const videre::ProcessorArguments processor(info, "selectiveScan");
    return call(processor, videre::ScanArguments(info[2], info[3], info[4]), videre::selectiveScan, info.Env());
  }

  Napi::Value makeScanOperands(const Napi::CallbackInfo& info) {
    const videre::ProcessorArguments processor(info, "makeScanOperands");
    return call(processor, videre::OperandArguments(info[2], info[3], info[4]), videre::makeScanOperands, info.Env());
  }

  template <class Arguments, class Kernel>
  Napi::Value call(const videre::ProcessorArguments& processor, const Arguments& arguments, Kernel kernel,
                   Napi::Env env) {
    try {
      kernel(arguments.parameters(), processor.level(), processor.threads(), *pool_);
    } catch (const std::bad_alloc&) {
      throw Napi::Error::New(env, "not enough memory for scratch space");
    }
    return env.Undefined();
  }

  std::shared_ptr<videre::ThreadPool> pool_;
};

NODE_API_ADDON(VidereScan)

}  // namespace
