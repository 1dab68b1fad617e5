/* SPDX-License-Identifier: MIT
 *
 * mailvan.h - the public face of core for front ends (tui) and import.
 *
 * Read in this order: a project (store.h) holds mailboxes (mailboxes.h) and settings
 * (settings.h); a front end issues commands (commands.h) and a worker (leases.h, worker.h) running the
 * engine (engine.h) carries them out; verify.h looks again.
 */
#ifndef MAILVAN_H
#define MAILVAN_H

#include "core/admin/change.h"
#include "core/admin/directory.h"
#include "core/admin/autodiscover.h"
#include "core/admin/enrolment.h"
#include "core/admin/handout.h"
#include "core/admin/ldap_users.h"
#include "core/admin/sla.h"
#include "core/admin/exchange/policy_settings.h"
#include "core/admin/exchange/protocols.h"
#include "core/admin/json_read.h"
#include "core/admin/task_run.h"
#include "core/admin/tokens.h"
#include "core/base/buf.h"
#include "core/base/clock.h"
#include "core/base/err.h"
#include "core/base/log.h"
#include "core/base/password.h"
#include "core/base/secret.h"
#include "core/base/stop.h"
#include "core/base/text.h"
#include "core/base/version.h"
#include "core/model/endpoint.h"
#include "core/model/mailbox.h"
#include "core/model/repair.h"
#include "core/store/alarms.h"
#include "core/store/audit.h"
#include "core/store/commands.h"
#include "core/store/dead_letters.h"
#include "core/store/devices_cache.h"
#include "core/store/enrolments.h"
#include "core/store/leases.h"
#include "core/store/limits.h"
#include "core/store/mailboxes.h"
#include "core/store/permissions_cache.h"
#include "core/store/records.h"
#include "core/store/repairs.h"
#include "core/store/service_cache.h"
#include "core/store/settings.h"
#include "core/store/store.h"
#include "core/store/tasks.h"
#include "core/store/tenant_mail.h"
#include "core/store/tenants.h"
#include "core/store/verification.h"
#include "core/store/verify_runs.h"
#include "core/work/engine.h"
#include "core/work/provider.h"
#include "core/work/tuning.h"
#include "core/work/verify.h"
#include "core/work/visit.h"
#include "core/work/worker.h"

#endif
