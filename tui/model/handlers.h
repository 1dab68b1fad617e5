/* SPDX-License-Identifier: MIT
 *
 * handlers.h - what the rows of tables/actions.c do. Called through action_run only.
 */
#ifndef MAILVAN_TUI_HANDLERS_H
#define MAILVAN_TUI_HANDLERS_H

#include "tui/model/state.h"

typedef void handler(struct console *c, const char *arg);

/* handlers_mailbox.c */
handler do_test, do_migrate, do_pause, do_resume, do_stop, do_retry, do_remove;
/* handlers_verify.c */
handler do_verify;
/* handlers_report.c */
handler do_report;
/* handlers_add.c */
handler do_add, do_target;
/* handlers_rates.c */
handler do_jobs, do_rate;
/* handlers_export.c */
handler do_export;
/* handlers_records.c */
handler do_record, do_record_refresh, do_show, do_unread_only, do_read, do_unread, do_task_items;
/* handlers_tasks.c */
handler do_task_pause, do_task_resume, do_task_stop, do_task_retry, do_task_undo;
/* handlers_users.c */
handler do_user_create, do_user_enable, do_user_disable;
/* handlers_licenses.c */
handler do_user_license, do_user_activate;
/* handlers_passwords.c */
handler do_user_password;
/* handlers_permissions.c */
handler do_user_opens, do_grant, do_revoke, do_full_access, do_send_as, do_send_on_behalf, do_reverse, do_undo_last;
/* handlers_permission_import.c */
handler do_permission_import;
/* handlers_devices.c */
handler do_allow, do_block, do_wipe, do_cancel_wipe, do_device_remove, do_assign_policy;
/* handlers_device_import.c */
handler do_device_import;
/* handlers_protocols.c */
handler do_protocols;
/* handlers_ask.c */
handler do_recovery_password;
/* handlers_handout.c */
handler do_handout;
/* handlers_enrolments.c */
handler do_enrol_new, do_enrol_contract, do_enrol_remove;
/* handlers_enrol_sheet.c */
handler do_enrol_check, do_enrol_reach, do_enrol_sheet;
/* handlers_enrol_rows.c */
handler do_enrol_add, do_user_enrol, do_enrol_confirm, do_enrol_passwords, do_enrol_mark, do_enrol_take_out;
/* handlers_enrol_import.c */
handler do_enrol_import;
/* handlers_feeds.c */
handler do_feed_add, do_feed_remove;
/* handlers_policies.c */
handler do_policy_create, do_policy_set;
/* handlers_tenant.c */
handler do_connect, do_sign_in, do_choose_tenant;
/* task_preview.c */
handler do_powershell;
/* handlers_ldap.c */
handler do_user_ldap;
/* handlers_user_import.c */
handler do_user_import;
/* handlers_marks.c */
handler do_mark, do_mark_all, do_mark_invert, do_unmark;
/* handlers_view.c */
handler do_properties, do_refresh, do_filter, do_sort_next, do_sort_previous, do_sort_reverse, do_errors_only, do_menu,
	do_command_line, do_help, do_quit, do_detach, do_pane_next, do_pane_previous, do_up, do_go;

#endif
