/* SPDX-License-Identifier: MIT
 *
 * args.c - the arguments of a change as JSON.
 */
#include <string.h>

#include "tui/model/task_plan.h"

static void put_string(struct args *a, const char *s, size_t n) {
	buf_putc(&a->text, '"');
	for (size_t i = 0; i < n; i++) {
		unsigned char ch = (unsigned char)s[i];
		if (ch == '"' || ch == '\\')
			buf_putc(&a->text, '\\');
		if (ch < 0x20)
			buf_printf(&a->text, "\\u%04x", ch);
		else
			buf_putc(&a->text, s[i]);
	}
	buf_putc(&a->text, '"');
}

static void put_name(struct args *a, const char *name) {
	if (a->more)
		buf_putc(&a->text, ',');
	a->more = true;
	put_string(a, name, strlen(name));
	buf_putc(&a->text, ':');
}

void args_begin(struct args *a) {
	buf_init(&a->text, TASK_ARGS_MAX);
	a->more = false;
	buf_putc(&a->text, '{');
}

void args_text(struct args *a, const char *name, const char *value) {
	put_name(a, name);
	put_string(a, value, strlen(value));
}

void args_bool(struct args *a, const char *name, bool value) {
	put_name(a, name);
	buf_puts(&a->text, value ? "true" : "false");
}

void args_list(struct args *a, const char *name, const char *value) {
	const char *const between = " ,;\t";
	bool more = false;
	put_name(a, name);
	buf_putc(&a->text, '[');
	for (value += strspn(value, between); *value; value += strspn(value, between)) {
		size_t n = strcspn(value, between);
		if (more)
			buf_putc(&a->text, ',');
		put_string(a, value, n);
		more = true;
		value += n;
	}
	buf_putc(&a->text, ']');
}

const char *args_end(struct args *a) {
	buf_putc(&a->text, '}');
	return a->text.failed ? NULL : a->text.data;
}

void args_free(struct args *a) {
	buf_free(&a->text);
}
