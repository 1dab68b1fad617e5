/* SPDX-License-Identifier: MIT
 *
 * dialogs.h - the dialogs that handlers open. Each copies what it is given.
 */
#ifndef MAILVAN_TUI_DIALOGS_H
#define MAILVAN_TUI_DIALOGS_H

#include "import/import.h"
#include "tui/view/dialog.h"
#include "tui/view/edit.h"

/* ---- a question ---- */
struct question {
	const char *title, *text; /* text may have line breaks */
	const char *yes, *no;	  /* button labels; no NULL: a message with one button */
	bool harmless;		  /* yes has the focus at first: Enter goes on */
	const char *typed;	  /* when set, yes needs this typed first (irreversible and many) */
	void (*accept)(struct console *c, void *data);
	void (*release)(void *data); /* frees data when the question closes; may be NULL */
	void *data;
};
/* data is owned by the dialog even when there is no memory for it. */
void dialog_ask(struct console *c, const struct question *q);
void dialog_tell(struct console *c, const char *title, const char *text);

/* ---- a form: rows of a table ---- */
enum field_kind { FIELD_TEXT, FIELD_PATH, FIELD_SECRET, FIELD_CHOICE };
struct field {
	const char *label, *hint;
	enum field_kind kind;
	const char *const *choices; /* FIELD_CHOICE, ends with NULL */
};
#define FORM_FIELDS_MAX 10
struct form;
struct form_spec {
	const char *title, *intro, *ok;
	const struct field *fields; /* static storage */
	size_t count;
	/* false with e: the form stays open and shows it. On true the form closes. */
	bool (*accept)(struct console *c, struct form *f, struct err *e);
	void (*release)(void *data);
};
/* NULL (with a note) when memory runs out; data is then released. spec is borrowed: static storage. */
struct form *dialog_form(struct console *c, const struct form_spec *spec, void *data);
void form_set(struct form *f, size_t field, const char *text);
void form_choose(struct form *f, size_t field, unsigned choice);
const char *form_text(const struct form *f, size_t field);
unsigned form_choice(const struct form *f, size_t field);
const struct secret *form_secret(const struct form *f, size_t field);
void *form_data(struct form *f);
void form_take_data(struct form *f); /* the form no longer owns data */

/* ---- one line at the bottom ---- */
struct prompt_spec {
	const char *label;
	bool complete_verbs; /* Tab completes verbs of the action table */
	void (*changed)(struct console *c, const char *text);  /* after each key; may be NULL */
	void (*accept)(struct console *c, const char *text);
	void (*cancel)(struct console *c); /* may be NULL */
};
void dialog_prompt(struct console *c, const struct prompt_spec *spec, const char *text);

void dialog_help(struct console *c);
void dialog_menu(struct console *c);
void dialog_properties(struct console *c, int64_t mailbox);
/* What an import found. Owns the result, whatever happens; "Store" calls accept, which takes the specs over
 * by import_free'ing r when done. */
void dialog_import(struct console *c, const char *path, struct import_result *r,
		   void (*accept)(struct console *c, struct import_result *r));

#endif
