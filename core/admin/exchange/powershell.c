/* SPDX-License-Identifier: MIT
 *
 * powershell.c - a cmdlet and its parameters as a line that an administrator can paste.
 */
#include <string.h>

#include "core/admin/exchange/invoke.h"
#include "core/base/text.h"

#define TEXT_MAX 8192

/* PowerShell takes U+2018 to U+201B for single quotes too; doubled they are themselves. */
static bool put_quoted(struct buf *out, const char *s) {
	char clean[TEXT_MAX];
	text_sanitise(clean, sizeof clean, s, strlen(s));
	if (!buf_putc(out, '\''))
		return false;
	for (const char *p = clean; *p;) {
		bool curly = (unsigned char)p[0] == 0xE2 && (unsigned char)p[1] == 0x80 &&
			     (unsigned char)p[2] >= 0x98 && (unsigned char)p[2] <= 0x9B;
		size_t n = curly ? 3 : 1;
		if ((curly || *p == '\'') && !buf_put(out, p, n))
			return false;
		if (!buf_put(out, p, n))
			return false;
		p += n;
	}
	return buf_putc(out, '\'');
}

static bool put_value(struct buf *out, const json_t *value);

static bool put_list(struct buf *out, const json_t *list) {
	if (json_array_size(list) == 0)
		return buf_puts(out, "@()");
	for (size_t i = 0; i < json_array_size(list); i++)
		if ((i && !buf_puts(out, ",")) || !put_value(out, json_array_get(list, i)))
			return false;
	return true;
}

static bool put_table(struct buf *out, const json_t *table) {
	const char *name;
	json_t *value;
	bool first = true;
	if (!buf_puts(out, "@{"))
		return false;
	json_object_foreach((json_t *)(uintptr_t)table, name, value) {
		if (strchr(name, '@')) /* "@odata.type" belongs to the wire */
			continue;
		if ((!first && !buf_puts(out, "; ")) || !buf_printf(out, "%s=", name) || !put_value(out, value))
			return false;
		first = false;
	}
	return buf_puts(out, "}");
}

static bool put_value(struct buf *out, const json_t *value) {
	switch (json_typeof(value)) {
	case JSON_TRUE:
		return buf_puts(out, "$true");
	case JSON_FALSE:
		return buf_puts(out, "$false");
	case JSON_NULL:
		return buf_puts(out, "$null");
	case JSON_INTEGER:
		return buf_printf(out, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
	case JSON_REAL:
		return buf_printf(out, "%g", json_real_value(value));
	case JSON_ARRAY:
		return put_list(out, value);
	case JSON_OBJECT:
		return put_table(out, value);
	default:
		return put_quoted(out, json_string_value(value));
	}
}

bool invoke_powershell(const char *cmdlet, const json_t *parameters, struct buf *out) {
	const char *name;
	json_t *value;
	if (!buf_puts(out, cmdlet))
		return false;
	json_object_foreach((json_t *)(uintptr_t)parameters, name, value) {
		/* With a colon both switches and Boolean parameters take a value. */
		bool flag = json_is_boolean(value);
		if (!buf_printf(out, " -%s%s", name, flag ? ":" : " ") || !put_value(out, value))
			return false;
	}
	return buf_putc(out, '\n');
}
