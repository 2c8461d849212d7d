#include "agent/fence.hpp"

#include <algorithm>

namespace encluster::agent {

namespace {

BootTime terminate_at(const Validity& validity) noexcept {
  return validity.until - std::min(kTerminateBefore, validity.fence / 4);
}

BootTime kill_at(const Validity& validity) noexcept {
  return validity.until - std::min(kKillBefore, validity.fence / 8);
}

}  // namespace

Due due_at(const Validity& validity, BootTime now) noexcept {
  if (now >= kill_at(validity)) return Due::kill;
  return now >= terminate_at(validity) ? Due::terminate : Due::nothing;
}

BootTime next_change(const Validity& validity, BootTime now) noexcept {
  switch (due_at(validity, now)) {
    case Due::nothing:
      return terminate_at(validity);
    case Due::terminate:
      return kill_at(validity);
    case Due::kill:
      break;
  }
  return validity.until;
}

}  // namespace encluster::agent
