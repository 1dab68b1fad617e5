/* SPDX-License-Identifier: MIT
 *
 * user_inverse.c - what takes a change of a user back. A usage location stays: it can be changed, but not taken away
 * from a licensed user.
 */
#include "core/admin/graph/user_steps.h"

#include <string.h>

/* Those of the list that were held before (want), or were not. New reference. */
static json_t *those(const json_t *list, const json_t *before, bool want) {
	json_t *out = json_array();
	for (size_t i = 0; i < json_array_size(list); i++) {
		json_t *part = json_array_get(list, i);
		if (user_holds(json_object_get(before, "licenses"), json_string_value(part)) == want)
			json_array_append(out, part);
	}
	return out;
}

/* Takes over both lists. */
static int licenses_back(struct change_inverse *out, json_t *add, json_t *remove) {
	bool needed = json_array_size(add) || json_array_size(remove);
	out->verb = CHANGE_USER_LICENSE;
	out->args = json_pack("{s:o, s:o}", "add", add, "remove", remove);
	if (!needed) {
		json_decref(out->args);
		out->args = NULL;
	}
	return needed;
}

/* A blocked user that was enabled is blocked again; licences that came with it go. */
static int enable_back(const struct change *c, const json_t *before, struct change_inverse *out) {
	json_t *given = those(json_object_get(c->args, "licenses"), before, false);
	if (json_yes(before, "accountEnabled"))
		return licenses_back(out, json_array(), given);
	out->verb = CHANGE_USER_DISABLE;
	out->args = json_pack("{s:o}", "removeLicenses", given);
	return 1;
}

static int disable_back(const struct change *c, const json_t *before, struct change_inverse *out) {
	json_t *taken = those(json_object_get(c->args, "removeLicenses"), before, true);
	if (!json_yes(before, "accountEnabled"))
		return licenses_back(out, taken, json_array());
	out->verb = CHANGE_USER_ENABLE;
	out->args = json_pack("{s:o}", "licenses", taken);
	return 1;
}

/* What was there of what was to be changed, and is other than that. */
static int set_back(const struct change *c, const json_t *before, struct change_inverse *out) {
	out->verb = CHANGE_USER_SET;
	out->args = json_object();
	for (size_t i = 0; out->args && i < USER_PROPERTIES; i++) {
		const char *arg = user_properties[i].arg, *was = json_str(before, arg),
			   *set = json_string_value(json_object_get(c->args, arg));
		if (set && strcmp(set, was) != 0)
			json_object_set_new(out->args, arg, json_string(was));
	}
	if (json_object_size(out->args))
		return 1;
	json_decref(out->args);
	out->args = NULL;
	return 0;
}

int user_inverse(const struct change *c, const json_t *before, struct change_inverse *out, struct err *e) {
	if (!before || json_is_null(before)) {
		err_set(e, ERR_INPUT, "It is not known what was there before, so it cannot be taken back");
		return -1;
	}
	switch (c->verb) {
	case CHANGE_USER_ENABLE:
		return enable_back(c, before, out);
	case CHANGE_USER_DISABLE:
		return disable_back(c, before, out);
	case CHANGE_USER_LICENSE:
		return licenses_back(out, those(json_object_get(c->args, "remove"), before, true),
				     those(json_object_get(c->args, "add"), before, false));
	case CHANGE_USER_SET:
		return set_back(c, before, out);
	default:
		err_set(e, ERR_INPUT, "\"%s\" cannot be taken back", change_name(c->verb));
		return -1;
	}
}
