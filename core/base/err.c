/* SPDX-License-Identifier: MIT
 *
 * err.c - the table of error categories and the setters for struct err.
 */
#include "core/base/err.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/base/text.h"

static const struct {
	const char *name;
	enum err_scope scope;
	enum err_retry retry;
	const char *remedy;
} categories[ERR_CAT_COUNT] = {
#define CAT(sym, name, scope, retry, remedy) [ERR_##sym] = { name, ERR_SCOPE_##scope, ERR_RETRY_##retry, remedy },
	ERR_CATEGORIES(CAT)
#undef CAT
};

static void set_text(struct err *e, enum err_cat cat, const char *raw) {
	e->cat = cat;
	e->scope = categories[cat].scope;
	e->retry = categories[cat].retry;
	e->wait_ms = 0;
	e->wait_named = false;
	e->bare = false;
	e->side = ERR_SIDE_NONE;
	e->reach = ERR_REACHED;
	text_sanitise(e->text, sizeof e->text, raw, strlen(raw));
}

bool err_set(struct err *e, enum err_cat cat, const char *fmt, ...) {
	char raw[ERR_TEXT_MAX];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(raw, sizeof raw, fmt, ap);
	va_end(ap);
	set_text(e, cat, raw);
	return false;
}

bool err_errno(struct err *e, enum err_cat cat, const char *fmt, ...) {
	int saved = errno;
	char raw[ERR_TEXT_MAX], why[128];
	va_list ap;
	va_start(ap, fmt);
	int n = vsnprintf(raw, sizeof raw, fmt, ap);
	va_end(ap);
	if (n >= 0 && (size_t)n < sizeof raw)
		snprintf(raw + n, sizeof raw - (size_t)n, ": %s", strerror_r(saved, why, sizeof why));
	set_text(e, cat, raw);
	return false;
}

bool err_prefix(struct err *e, const char *fmt, ...) {
	char raw[2 * ERR_TEXT_MAX + 4], prefix[ERR_TEXT_MAX];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(prefix, sizeof prefix, fmt, ap);
	va_end(ap);
	snprintf(raw, sizeof raw, "%s: %s", prefix, e->text);
	text_sanitise(e->text, sizeof e->text, raw, strlen(raw));
	return false;
}

bool err_nomem(struct err *e) { return err_set(e, ERR_MEMORY, "Out of memory"); }

void err_clear(struct err *e) { memset(e, 0, sizeof *e); }

const char *err_cat_name(enum err_cat cat) {
	return (unsigned)cat < ERR_CAT_COUNT ? categories[cat].name : "Unknown";
}

const char *err_cat_remedy(enum err_cat cat) { return (unsigned)cat < ERR_CAT_COUNT ? categories[cat].remedy : ""; }

enum err_cat err_cat_parse(const char *name) {
	for (unsigned i = 0; i < ERR_CAT_COUNT; i++)
		if (name && strcmp(name, categories[i].name) == 0)
			return (enum err_cat)i;
	return ERR_NONE;
}
