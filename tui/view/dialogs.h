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
	void (*accept)(struct console *c, void *data); /* owns data */
	/* A third button, for which nothing need be typed; NULL = none. It owns data as well. */
	const char *third;
	void (*other)(struct console *c, void *data);
	void (*release)(void *data); /* no button, or no; may be NULL */
	void *data;
};
/* data is owned by the dialog even when there is no memory for it. */
void dialog_ask(struct console *c, const struct question *q);
void dialog_tell(struct console *c, const char *title, const char *text);

/* ---- lines to read, which can be written to a file ---- */
struct lines_page {
	const char *title, *file; /* copied; file: the name that is proposed */
	struct buf *text;	  /* taken over: empty afterwards */
	void (*closed)(struct console *c, void *data); /* owns data */
	void (*release)(void *data);		       /* the console ended first */
	void *data;
};
void dialog_lines(struct console *c, const struct lines_page *page);

/* ---- a form: rows of a table ---- */
enum field_kind { FIELD_TEXT, FIELD_PATH, FIELD_SECRET, FIELD_CHOICE, FIELD_CHECK };
struct field {
	const char *label, *hint;
	enum field_kind kind;
	const char *const *choices; /* FIELD_CHOICE, ends with NULL; a FIELD_CHECK is choice 0 (no) or 1 (yes) */
};
#define FORM_FIELDS_MAX 32
struct form;
struct form_spec {
	const char *title, *intro, *ok;
	const struct field *fields; /* static storage */
	size_t count;
	int label_width; /* 0 = the usual one */
	/* false with e: the form stays open and shows it. On true the form closes. */
	bool (*accept)(struct console *c, struct form *f, struct err *e);
	void (*release)(void *data);
};
/* NULL (with a note) when memory runs out; data is then released. spec is borrowed: static storage, or part
 * of data. */
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

/* ---- one of several ---- */
struct pick {
	const char *title;
	const char *const *items; /* copied */
	size_t count, cursor;
	void (*accept)(struct console *c, size_t index);
	/* Instead of accept, for items that may be others by the time one is picked: gets the item's value. Copied. */
	const char *const *values;
	void (*chosen)(struct console *c, const char *value);
};
void dialog_pick(struct console *c, const struct pick *p);

/* Everything known of one row of the list that is shown; what can be read is then seen. */
void dialog_record(struct console *c);

void dialog_help(struct console *c);
void dialog_menu(struct console *c);
void dialog_properties(struct console *c, int64_t mailbox);
/* What a file says, before anything is done. */
#define FINDINGS_INTRO "Nothing is done before you have seen what would be done and what is wrong with the file."
struct findings {
	const char *title, *path, *ok; /* ok: the button */
	const char *summary;	       /* a few lines */
	const char *nothing;	       /* said when there are no problems; static storage */
	const char *declined;	       /* said when nobody wants it; static storage */
	const struct import_problem *problems; /* borrowed from data */
	size_t problem_count;
	bool can; /* is there anything to do? */
	bool bad; /* something is wrong: the button does not have the focus at first */
	void (*accept)(struct console *c, void *data); /* owns data */
	void (*release)(void *data);
	void *data;
};
/* Owns data, whatever happens. */
void dialog_findings(struct console *c, const struct findings *f);
/* "12 rows · UTF-8 · delimiter ","" and what is good and bad. */
void findings_summary(char *dst, size_t size, size_t rows, const char *encoding, char delimiter, size_t good,
		      size_t errors, size_t notes);
/* What an import found. Owns the result, whatever happens; "Store" calls accept, which takes the specs over
 * by import_free'ing r when done. */
void dialog_import(struct console *c, const char *path, struct import_result *r,
		   void (*accept)(struct console *c, struct import_result *r));

#endif
