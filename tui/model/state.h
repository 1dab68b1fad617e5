/* SPDX-License-Identifier: MIT
 *
 * state.h - the console as one value: everything that is shown, and nothing that draws.
 *
 * console_key, console_tick and console_resize change it; console_draw (view/screen.h) gets it const.
 * Times are handed in (mono_ms_t now), so that a test decides what time it is.
 */
#ifndef MAILVAN_TUI_STATE_H
#define MAILVAN_TUI_STATE_H

#include "core/mailvan.h"
#include "tui/model/layout.h"
#include "tui/model/list.h"
#include "tui/model/tenant_view.h"
#include "tui/model/tree.h"
#include "tui/term/key.h"

struct dialog;
struct job;

#define NOTE_MAX 512
#define NOTE_MS 12000
#define POLL_MS 250
#define TOTALS_MS 500
#define WORKER_MS 1000

struct console {
	struct store *store; /* borrowed */
	const char *exe;     /* borrowed */
	char project[128];   /* the directory's name, sanitised */
	char home[1024];     /* the directory, sanitised, for the overview */

	struct layout layout;
	enum pane focus;
	struct tree tree;
	struct list list;
	size_t action_cursor; /* among the rows of the actions pane */

	struct batch_row *batches;
	size_t batch_count, batch_cap;
	struct mailbox_totals totals; /* the project */
	uint64_t chosen[MBOX_STATE_COUNT]; /* states of what actions apply to */
	bool worker_live;
	struct worker_info worker;
	char target[300]; /* the project's target server, "" = none */
	bool target_weak, target_admin;
	struct tenant_view tenant;
	bool powershell;  /* the next change is shown as PowerShell instead of being done */
	int64_t followed; /* the task whose end is told; 0 = none */
	struct verify_run verify; /* the last one; id 0 = none */

	struct dialog *dialogs; /* the one on top; keys go to it */
	struct job *job;
	char note[NOTE_MAX];
	bool note_bad;

	mono_ms_t now, note_until, escaped; /* escaped: when Esc was pressed on the main screen, 0 = not */
	mono_ms_t next_poll, next_totals, next_worker;
	uint64_t version;
	bool stale;   /* the store changed since the totals were read */
	bool pasting; /* between the marks of a bracketed paste */
	bool dirty;   /* the screen has to be drawn again */
	bool leave;
};

/* NULL when memory runs out or the store can't be read. */
struct console *console_new(struct store *s, const char *project_dir, const char *exe, struct err *e);
/* Waits for a running job. */
void console_free(struct console *c);
void console_resize(struct console *c, int w, int h);
void console_key(struct console *c, const struct key *k, mono_ms_t now);
/* Looks whether the store changed (at most every POLL_MS), finishes jobs, ages the note. */
void console_tick(struct console *c, mono_ms_t now);

/* Carries out an Esc that no digit followed (Esc and a digit is an F-key). Part of the tick. */
void console_escape_later(struct console *c);

/* For handlers and dialogs. */
void console_focus(struct console *c, enum pane pane);
void console_note(struct console *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void console_complain(struct console *c, const struct err *e); /* red, and it stays until a key */
/* Reads everything again now. */
void console_refresh(struct console *c);
/* The list shows what the tree's cursor is on. */
void console_show_node(struct console *c);
void console_list_key(struct console *c, int64_t by); /* moves the list's cursor */
const struct batch_row *console_current_batch(const struct console *c);

/* What actions apply to. Borrowed by the caller until the next key. */
enum scope { SCOPE_NONE, SCOPE_ROW, SCOPE_MARKED, SCOPE_BATCH, SCOPE_ALL };
struct choice {
	enum scope scope;
	struct mailbox_filter filter; /* complete but for SCOPE_ROW, whose id is below */
	int64_t id;
	uint64_t count;
	char name[IDENTITY_MAX + 32]; /* "anna@contoso.com", "2 marked", "batch wave-1", "all 300 mailboxes" */
};
void console_choice(const struct console *c, struct choice *out);
/* A choice that outlives the key: the cursor and the marks may change meanwhile. */
struct kept_choice {
	struct mailbox_filter filter;
	int64_t *ids; /* of the filter, freed by kept_choice_free; NULL = none */
	char name[IDENTITY_MAX + 32];
};
bool choice_keep(const struct choice *choice, struct kept_choice *out, struct err *e);
void kept_choice_free(struct kept_choice *k);
/* The same for records: marked ones, else the one under the cursor. */
struct record_choice {
	const int64_t *ids; /* borrowed from the marks, or &one */
	int64_t one;
	size_t count; /* 0 = nothing */
	char name[IDENTITY_MAX + 32];
};
void console_record_choice(const struct console *c, struct record_choice *out);
enum node_kind console_node(const struct console *c); /* where the tree's cursor is */
const char *console_node_title(const struct console *c);
/* Everything that the list shows, read again. */
void console_reload(struct console *c);
/* chosen[] again, after the cursor or the marks changed. */
void console_rechoose(struct console *c);

#endif
