/* SPDX-License-Identifier: MIT
 *
 * change.c - the table of changes, and whether arguments fit it.
 */
#include "core/admin/change.h"

#include <stdio.h>
#include <string.h>

#include "core/base/text.h"

static const struct row {
	const char *name, *did, *args;
	unsigned flags;
} rows[CHANGE_COUNT] = {
#define CHANGE(sym, name, did, args, flags) { name, did, args, flags },
	DIRECTORY_CHANGES(CHANGE)
#undef CHANGE
};

const char *change_name(enum change_verb v) {
	return (unsigned)v < CHANGE_COUNT ? rows[v].name : "unknown";
}
const char *change_did(enum change_verb v) {
	return (unsigned)v < CHANGE_COUNT ? rows[v].did : "";
}
unsigned change_flags(enum change_verb v) {
	return (unsigned)v < CHANGE_COUNT ? rows[v].flags : 0;
}

enum change_verb change_parse(const char *name) {
	for (unsigned v = 0; v < CHANGE_COUNT; v++)
		if (strcmp(rows[v].name, name) == 0)
			return (enum change_verb)v;
	return CHANGE_COUNT;
}

/* One of "s displayName" and "[S licenses]" in the table's words. */
struct rule {
	char type;
	bool optional;
	char name[40];
};

/* The rule at *at, which moves behind it; false at the end. */
static bool next_rule(const char **at, struct rule *r) {
	const char *p = *at + strspn(*at, ", ");
	if (!*p)
		return false;
	r->optional = *p == '[';
	p += r->optional;
	r->type = *p;
	p += 2;
	size_t n = strcspn(p, ",]");
	snprintf(r->name, sizeof r->name, "%.*s", (int)n, p);
	*at = p + n + (p[n] == ']');
	return true;
}

static bool all_texts(const json_t *list) {
	size_t i;
	json_t *item;
	json_array_foreach((json_t *)(uintptr_t)list, i, item) if (!json_is_string(item)) return false;
	return true;
}

static bool fits(const struct rule *r, const json_t *value) {
	switch (r->type) {
	case 's':
		return json_is_string(value);
	case 'b':
		return json_is_boolean(value);
	case 'n':
		return json_is_integer(value);
	case 'o':
		return json_is_object(value);
	default:
		return json_is_array(value) && all_texts(value);
	}
}

static const char *type_words(char type) {
	return type == 's'   ? "a text"
	       : type == 'b' ? "true or false"
	       : type == 'n' ? "a number"
	       : type == 'o' ? "an object"
			     : "a list of texts";
}

static bool known(const char *args, const char *name) {
	struct rule r;
	while (next_rule(&args, &r))
		if (strcmp(r.name, name) == 0)
			return true;
	return false;
}

bool change_check(enum change_verb v, const json_t *args, struct err *e) {
	const char *at, *name, *verb = change_name(v);
	struct rule r;
	json_t *value;
	if ((unsigned)v >= CHANGE_COUNT)
		return err_set(e, ERR_INPUT, "The change is not known");
	if (!json_is_object(args))
		return err_set(e, ERR_INPUT, "%s: its arguments are not a JSON object", verb);
	for (at = rows[v].args; next_rule(&at, &r);) {
		const json_t *given = json_object_get(args, r.name);
		if (!given && !r.optional)
			return err_set(e, ERR_INPUT, "%s: the argument %s is missing", verb, r.name);
		if (given && !fits(&r, given))
			return err_set(e, ERR_INPUT, "%s: the argument %s has to be %s", verb, r.name,
				       type_words(r.type));
	}
	json_object_foreach((json_t *)(uintptr_t)args, name, value) {
		char shown[80];
		text_sanitise(shown, sizeof shown, name, strlen(name));
		if (!known(rows[v].args, name))
			return err_set(e, ERR_INPUT, "%s: it has no argument %s", verb, shown);
	}
	return true;
}

void change_result_clear(struct change_result *r) {
	json_decref(r->after);
	*r = (struct change_result){ 0 };
}
