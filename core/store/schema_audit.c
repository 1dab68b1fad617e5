/* SPDX-License-Identifier: MIT
 *
 * schema_audit.c - the schema's step that lets the list of requests to the workers only grow, as tenant_audit does.
 */
#include "core/store/schema_steps.h"

const char schema_audit[] = "CREATE TRIGGER audit_kept BEFORE DELETE ON audit"
			    " BEGIN SELECT RAISE(ABORT, 'the audit list only grows'); END;"
			    "CREATE TRIGGER audit_true BEFORE UPDATE ON audit"
			    " BEGIN SELECT RAISE(ABORT, 'the audit list only grows'); END;";
