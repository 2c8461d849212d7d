#include "control/nftables.hpp"

#include <fmt/format.h>
#include <nftables/libnftables.h>

#include <memory>

#include "control/kernel_error.hpp"

namespace encluster::control {
namespace {

struct FreeContext {
  void operator()(nft_ctx* context) const noexcept { nft_ctx_free(context); }
};

}  // namespace

std::string run_nftables(const std::string& commands) {
  const std::unique_ptr<nft_ctx, FreeContext> context(nft_ctx_new(NFT_CTX_DEFAULT));
  if (!context || nft_ctx_buffer_output(context.get()) != 0 ||
      nft_ctx_buffer_error(context.get()) != 0) {
    throw KernelError("cannot set libnftables up");
  }
  if (nft_run_cmd_from_buffer(context.get(), commands.c_str()) != 0) {
    throw KernelError(fmt::format("nftables refused: {}", nft_ctx_get_error_buffer(context.get())));
  }
  return nft_ctx_get_output_buffer(context.get());
}

}  // namespace encluster::control
