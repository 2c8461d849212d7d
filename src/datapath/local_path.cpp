#include "datapath/local_path.hpp"

#include <rte_mbuf.h>

namespace encluster::datapath {

LocalPath::~LocalPath() {
  while (const auto frame = to_kernel_.pop()) rte_pktmbuf_free(frame->buffer);
  while (const auto frame = from_kernel_.pop()) rte_pktmbuf_free(frame->buffer);
}

}  // namespace encluster::datapath
