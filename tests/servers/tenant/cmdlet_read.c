/* SPDX-License-Identifier: MIT
 *
 * cmdlet_read.c - what all cmdlets do alike: parameters against the table, reading them, failing and warning.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "tests/servers/tenant/tenant.h"

#define BINDING "System.Management.Automation.ParameterBindingException"

void cmdlet_fail(struct cmdlet_run *r, const char *type, const char *format, ...) {
	va_list ap;
	snprintf(r->type, sizeof r->type, "%s", type);
	va_start(ap, format);
	vsnprintf(r->text, sizeof r->text, format, ap);
	va_end(ap);
}

void cmdlet_warn(struct cmdlet_run *r, const char *format, ...) {
	char text[500];
	va_list ap;
	va_start(ap, format);
	vsnprintf(text, sizeof text, format, ap);
	va_end(ap);
	json_array_append_new(r->warnings, json_string(text));
}

const char *cmdlet_text(const struct cmdlet_run *r, const char *name) {
	const char *v = json_string_value(json_object_get(r->p, name));
	return v ? v : "";
}

bool cmdlet_flag(const struct cmdlet_run *r, const char *name, bool otherwise) {
	const json_t *v = json_object_get(r->p, name);
	return json_is_boolean(v) ? json_is_true(v) : otherwise;
}

json_t *cmdlet_strings(const struct cmdlet_run *r, const char *name) {
	json_t *v = json_object_get(r->p, name), *one;
	if (json_is_array(v))
		return json_deep_copy(v);
	one = json_array();
	if (json_is_string(v)) { /* "A,B" is how PowerShell's users write it too */
		char words[1000], *save;
		snprintf(words, sizeof words, "%s", json_string_value(v));
		for (char *w = strtok_r(words, ", ", &save); w; w = strtok_r(NULL, ", ", &save))
			json_array_append_new(one, json_string(w));
	}
	return one;
}

json_t *cmdlet_mailbox(struct cmdlet_run *r, const char *name) {
	const char *key = cmdlet_text(r, name);
	json_t *row = db_row(
		r->q->w,
		"SELECT n, guid, address, alias, name, type, items, bytes, quota, behalf AS \"behalf:j\", cas AS "
		"\"cas:j\" "
		"FROM mailbox WHERE address = ? OR alias = ? OR guid = ? OR name = ? ORDER BY address = ? DESC LIMIT 1",
		"sssss", key, key, key, key, key);
	if (!row)
		cmdlet_fail(r, "Microsoft.Exchange.Configuration.Tasks.ManagementObjectNotFoundException",
			    "The operation couldn't be performed because object '%s' couldn't be found on "
			    "'DB8PR01A001DC01.EURPR01A001.PROD.OUTLOOK.COM'.",
			    key);
	return row;
}

static size_t position(const json_t *list, const json_t *v) {
	size_t i;
	json_t *m;
	json_array_foreach(list, i, m) {
		if (json_is_string(v) && strcasecmp(json_string_value(m), json_string_value(v)) == 0)
			return i;
	}
	return SIZE_MAX;
}

/* E.1: {"@odata.type":"#Exchange.GenericHashTable","Add":[...],"Remove":[...]}, names in any case. */
bool cmdlet_list(struct cmdlet_run *r, const char *name, json_t *list) {
	json_t *given = json_object_get(r->p, name), *v, *members;
	const char *key, *type = json_string_value(json_object_get(given, "@odata.type"));
	size_t i, at;
	if (json_is_array(given) || json_is_null(given)) {
		json_array_clear(list);
		json_array_extend(list, given);
		return true;
	}
	if (!type || strcmp(type, "#Exchange.GenericHashTable") != 0) {
		cmdlet_fail(r, BINDING,
			    "Cannot process argument transformation on parameter '%s'. Cannot convert the value.",
			    name);
		return false;
	}
	json_object_foreach(given, key, members) {
		bool add = strcasecmp(key, "add") == 0;
		if (key[0] == '@')
			continue;
		if (!add && strcasecmp(key, "remove") != 0) {
			cmdlet_fail(r, BINDING, "The hashtable key '%s' of parameter '%s' is neither Add nor Remove.",
				    key, name);
			return false;
		}
		json_array_foreach(members, i, v) {
			at = position(list, v);
			if (add && at == SIZE_MAX)
				json_array_append(list, v);
			else if (!add && at != SIZE_MAX)
				json_array_remove(list, at);
		}
	}
	return true;
}

bool cmdlet_filter(struct cmdlet_run *r, char *property, char *value, size_t size) {
	const char *text = cmdlet_text(r, "Filter"), *eq = strstr(text, " -eq '"),
		   *end = eq ? strchr(eq + 6, '\'') : NULL;
	*property = *value = '\0';
	if (!*text)
		return true;
	if (!end || end[1]) {
		cmdlet_fail(r, "Microsoft.Exchange.Data.ParsingException", "Invalid filter syntax: %.200s", text);
		return false;
	}
	snprintf(property, size, "%.*s", (int)(eq - text), text);
	snprintf(value, size, "%.*s", (int)(end - eq - 6), eq + 6);
	return true;
}

void size_text(int64_t bytes, char *out, size_t size) {
	char digits[40], grouped[60] = "";
	int n = snprintf(digits, sizeof digits, "%lld", (long long)bytes);
	for (int i = 0, k = 0; i < n; i++) {
		if (i && (n - i) % 3 == 0)
			grouped[k++] = ',';
		grouped[k++] = digits[i];
		grouped[k] = '\0';
	}
	double gb = (double)bytes / 1073741824.0, mb = (double)bytes / 1048576.0;
	snprintf(out, size, gb >= 1 ? "%.4g GB (%s bytes)" : "%.4g MB (%s bytes)", gb >= 1 ? gb : mb, grouped);
}

static bool value_fits(char type, const json_t *v) {
	switch (type) {
	case 's':
		return json_is_string(v);
	case 'b':
		return json_is_boolean(v);
	case 'i':
		return json_is_integer(v);
	case 'x':
		return json_is_string(v) || json_is_integer(v);
	case 'a':
		return json_is_array(v) || json_is_string(v);
	default:
		return json_is_object(v) || json_is_array(v) || json_is_null(v);
	}
}

/* The type of a parameter in "Name:t! Name:t"; 0 = there is none. PowerShell does not look at case. */
static char type_of(const char *table, const char *name) {
	size_t n = strlen(name);
	for (const char *p = table; *p; p += strcspn(p, " "), p += strspn(p, " "))
		if (strncasecmp(p, name, n) == 0 && p[n] == ':')
			return p[n + 1];
	return 0;
}

bool cmdlet_takes(const struct cmdlet *c, const char *parameter) {
	return type_of(c->parameters, parameter) != 0;
}

static const char COMMON[] = "Confirm:b WhatIf:b ErrorAction:s WarningAction:s Verbose:b Debug:b";

bool cmdlet_parameters_fit(struct cmdlet_run *r, const struct cmdlet *c) {
	const char *name;
	json_t *v;
	char word[100];
	json_object_foreach((json_t *)(uintptr_t)r->p, name, v) {
		char type = type_of(c->parameters, name);
		if (!type)
			type = type_of(COMMON, name);
		if (!type)
			cmdlet_fail(r, BINDING, "A parameter cannot be found that matches parameter name '%.100s'.",
				    name);
		else if (!value_fits(type, v))
			cmdlet_fail(
				r, BINDING,
				"Cannot process argument transformation on parameter '%s'. Cannot convert the value.",
				name);
		if (*r->type)
			return false;
	}
	for (const char *p = c->parameters; *p; p += strcspn(p, " "), p += strspn(p, " ")) {
		size_t n = strcspn(p, ":");
		snprintf(word, sizeof word, "%.*s", (int)n, p);
		if (p[n] && p[n + 2] == '!' && !json_object_get(r->p, word)) {
			cmdlet_fail(r, BINDING,
				    "Cannot process command because of one or more missing mandatory parameters: %s.",
				    word);
			return false;
		}
	}
	return true;
}
