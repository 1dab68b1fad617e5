/* SPDX-License-Identifier: MIT
 *
 * user_powershell.c - changes of users as lines for the Microsoft Graph PowerShell modules. Passwords are asked for
 * there.
 */
#include <string.h>

#include "core/admin/graph/user_steps.h"

/* invoke_powershell writes any cmdlet with its parameters; what is an expression is put behind it. */
static bool line(struct buf *out, const char *cmdlet, json_t *parameters, const char *rest) {
	bool ok = parameters && invoke_powershell(cmdlet, parameters, out);
	json_decref(parameters);
	if (!ok || !*rest)
		return ok;
	/* Before the line's end. */
	out->len--;
	return buf_printf(out, " %s\n", rest);
}

/* $add = @(...) and $remove = @(...): the ids of licences by the names people use. */
static bool sku_list(struct buf *out, const char *name, const json_t *parts, bool bare) {
	bool ok = buf_printf(out, "$%s = @(", name);
	if (json_array_size(parts) == 0)
		return ok && buf_puts(out, ")\n");
	ok = ok && buf_puts(out, "Get-MgSubscribedSku -All | Where-Object SkuPartNumber -In");
	for (size_t i = 0; ok && i < json_array_size(parts); i++) {
		const char *part = json_string_value(json_array_get(parts, i));
		/* What could end the quotes is in no name of a licence. */
		ok = buf_printf(out, "%s'", i ? "," : " ");
		for (const char *p = part ? part : ""; ok && *p; p++)
			if ((*p >= '0' && *p <= '9') || (*p >= 'A' && *p <= 'Z') || (*p >= 'a' && *p <= 'z') ||
			    *p == '_' || *p == '-')
				ok = buf_putc(out, *p);
		ok = ok && buf_putc(out, '\'');
	}
	return ok &&
	       buf_puts(out, bare ? " | ForEach-Object SkuId)\n" : " | ForEach-Object { @{ SkuId = $_.SkuId } })\n");
}

static bool licenses(struct buf *out, const char *upn, const json_t *add, const json_t *remove) {
	if (json_array_size(add) == 0 && json_array_size(remove) == 0)
		return true;
	return sku_list(out, "add", add, false) && sku_list(out, "remove", remove, true) &&
	       line(out, "Set-MgUserLicense", json_pack("{s:s}", "UserId", upn),
		    "-AddLicenses $add -RemoveLicenses $remove");
}

static bool update(struct buf *out, const char *upn, const char *location, int enabled) {
	json_t *p = json_pack("{s:s}", "UserId", upn);
	if (enabled >= 0)
		json_object_set_new(p, "AccountEnabled", json_boolean(enabled));
	if (*location)
		json_object_set_new(p, "UsageLocation", json_string(location));
	if (json_object_size(p) == 1) {
		json_decref(p);
		return true;
	}
	return line(out, "Update-MgUser", p, "");
}

/* New-MgUser and Update-MgUser want the password in clear text, in memory only. */
static bool ask_password(struct buf *out, bool force) {
	return buf_printf(out,
			  "$typed = Read-Host -AsSecureString -Prompt 'Password'\n"
			  "$password = @{ Password = [Net.NetworkCredential]::new('', $typed).Password; "
			  "ForceChangePasswordNextSignIn = $%s }\n",
			  force ? "true" : "false");
}

/* What is taken away cannot be said by Update-MgUser; nothing does that but undo. */
static void put_properties(json_t *p, const json_t *args) {
	for (size_t i = 0; i < USER_PROPERTIES; i++) {
		const char *value = json_str(args, user_properties[i].arg);
		if (*value)
			json_object_set_new(p, user_properties[i].parameter, json_string(value));
	}
}

static bool set(const struct change *c, struct buf *out) {
	json_t *p = json_pack("{s:s}", "UserId", c->target);
	put_properties(p, c->args);
	return line(out, "Update-MgUser", p, "");
}

static bool create(const struct change *c, struct buf *out) {
	const char *location = json_str(c->args, "usageLocation");
	json_t *p = json_pack("{s:s}", "UserPrincipalName", c->target);
	put_properties(p, c->args);
	json_object_set_new(p, "MailNickname", json_string(json_str(c->args, "mailNickname")));
	json_object_set_new(p, "AccountEnabled", json_true());
	if (*location)
		json_object_set_new(p, "UsageLocation", json_string(location));
	return ask_password(out, json_yes(c->args, "forceChange")) &&
	       line(out, "New-MgUser", p, "-PasswordProfile $password") &&
	       licenses(out, c->target, json_object_get(c->args, "licenses"), NULL);
}

static bool write_change(const struct change *c, struct buf *out) {
	const char *location = json_str(c->args, "usageLocation");
	switch (c->verb) {
	case CHANGE_USER_CREATE:
		return create(c, out);
	case CHANGE_USER_SET:
		return set(c, out);
	case CHANGE_USER_ENABLE:
		return update(out, c->target, location, 1) &&
		       licenses(out, c->target, json_object_get(c->args, "licenses"), NULL);
	case CHANGE_USER_DISABLE:
		return update(out, c->target, "", 0) &&
		       licenses(out, c->target, NULL, json_object_get(c->args, "removeLicenses")) &&
		       line(out, "Revoke-MgUserSignInSession", json_pack("{s:s}", "UserId", c->target), "");
	case CHANGE_USER_LICENSE:
		return update(out, c->target, location, -1) &&
		       licenses(out, c->target, json_object_get(c->args, "add"), json_object_get(c->args, "remove"));
	case CHANGE_USER_PASSWORD:
		return ask_password(out, json_yes(c->args, "forceChange")) &&
		       line(out, "Update-MgUser", json_pack("{s:s}", "UserId", c->target),
			    "-PasswordProfile $password");
	default:
		return false;
	}
}

bool user_powershell(const struct change *c, struct buf *out, struct err *e) {
	return write_change(c, out) || err_nomem(e);
}
