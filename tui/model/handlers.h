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
/* handlers_add.c */
handler do_add, do_target;
/* handlers_rates.c */
handler do_jobs, do_rate;
/* handlers_export.c */
handler do_export;
/* handlers_view.c */
handler do_properties, do_refresh, do_filter, do_sort_next, do_sort_previous, do_sort_reverse, do_errors_only, do_mark,
	do_mark_all, do_mark_invert, do_unmark, do_menu, do_command_line, do_help, do_quit, do_detach, do_pane_next,
	do_pane_previous, do_up;

#endif
