#include "rcu/quiescence.hpp"

#include <rte_rcu_qsbr.h>

#include <cassert>
#include <new>

namespace encluster::rcu {

namespace {
constexpr std::align_val_t kAlignment{RTE_CACHE_LINE_SIZE};
}

void Quiescence::Free::operator()(rte_rcu_qsbr* state) const noexcept {
  ::operator delete(state, kAlignment);
}

Quiescence::Quiescence(std::uint32_t readers)
    : state_(static_cast<rte_rcu_qsbr*>(
          ::operator new(rte_rcu_qsbr_get_memsize(readers), kAlignment))) {
  [[maybe_unused]] const int failed = rte_rcu_qsbr_init(state_.get(), readers);
  assert(!failed);
}

void Quiescence::add(ReaderId reader) noexcept {
  [[maybe_unused]] const int failed = rte_rcu_qsbr_thread_register(state_.get(), reader);
  assert(!failed);
}

void Quiescence::remove(ReaderId reader) noexcept {
  [[maybe_unused]] const int failed = rte_rcu_qsbr_thread_unregister(state_.get(), reader);
  assert(!failed);
}

GraceToken Quiescence::start() noexcept { return rte_rcu_qsbr_start(state_.get()); }

bool Quiescence::passed(GraceToken token) noexcept {
  constexpr bool kWait = false;
  return rte_rcu_qsbr_check(state_.get(), token, kWait) == 1;
}

void Quiescence::online(ReaderId reader) noexcept {
  rte_rcu_qsbr_thread_online(state_.get(), reader);
}

void Quiescence::quiescent(ReaderId reader) noexcept {
  rte_rcu_qsbr_quiescent(state_.get(), reader);
}

void Quiescence::offline(ReaderId reader) noexcept {
  rte_rcu_qsbr_thread_offline(state_.get(), reader);
}

}  // namespace encluster::rcu
