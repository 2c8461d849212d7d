#include "agent_protocol/names.hpp"

namespace encluster::agent_protocol {

std::string_view name_of(RefusalReason reason) noexcept {
  switch (reason) {
    case RefusalReason::version:
      return "version";
    case RefusalReason::credentials:
      return "credentials";
    case RefusalReason::superseded:
      return "superseded";
    case RefusalReason::protocol:
      return "protocol";
    case RefusalReason::busy:
      return "busy";
    case RefusalReason::reconfigured:
      return "reconfigured";
  }
  return "unknown";
}

std::string_view name_of(LeaseResult result) noexcept {
  switch (result) {
    case LeaseResult::granted:
      return "granted";
    case LeaseResult::taken:
      return "taken";
    case LeaseResult::quarantined:
      return "quarantined";
    case LeaseResult::not_leasable:
      return "not_leasable";
    case LeaseResult::too_many:
      return "too_many";
  }
  return "unknown";
}

std::string_view name_of(ExportRefusal reason) noexcept {
  switch (reason) {
    case ExportRefusal::path_taken:
      return "path-taken";
    case ExportRefusal::not_allowed:
      return "not-allowed";
    case ExportRefusal::key_taken:
      return "key-taken";
    case ExportRefusal::fsid_taken:
      return "fsid-taken";
    case ExportRefusal::too_many:
      return "too-many";
  }
  return "unknown";
}

std::string_view name_of(ServiceResult result) noexcept {
  switch (result) {
    case ServiceResult::granted:
      return "granted";
    case ServiceResult::taken:
      return "taken";
    case ServiceResult::quarantined:
      return "quarantined";
    case ServiceResult::not_leasable:
      return "not-leasable";
    case ServiceResult::too_many:
      return "too-many";
    case ServiceResult::not_allowed:
      return "not-allowed";
    case ServiceResult::program_taken:
      return "program-taken";
  }
  return "unknown";
}

}  // namespace encluster::agent_protocol
