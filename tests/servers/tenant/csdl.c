/* SPDX-License-Identifier: MIT
 *
 * csdl.c - Graph's published schema (CSDL, OData 4): does a JSON object fit an entity, or an action's parameters?
 *
 * Only the namespace microsoft.graph is kept, and only names and types of properties: what a request can get wrong.
 */
#include <libxml/parser.h>
#include <libxml/tree.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/servers/tenant/tenant.h"

struct csdl {
	json_t *types;	 /* "graph.user" -> {"base": "graph.directoryObject", "properties": {name: type}} */
	json_t *enums;	 /* "graph.x" -> true */
	json_t *actions; /* "graph.user/assignLicense" -> {name: type} */
};

static json_t *attribute(xmlNode *n, const char *name) {
	xmlChar *v = xmlGetProp(n, (const xmlChar *)name);
	json_t *text = v ? json_string((const char *)v) : NULL;
	xmlFree(v);
	return text;
}

static bool is(const xmlNode *n, const char *name) {
	return n->type == XML_ELEMENT_NODE && strcmp((const char *)n->name, name) == 0;
}

static json_t *typed_children(xmlNode *parent, const char *what) {
	json_t *all = json_object();
	for (xmlNode *n = parent->children; n; n = n->next) {
		if (!is(n, what))
			continue;
		json_t *name = attribute(n, "Name"), *type = attribute(n, "Type");
		json_object_set_new(all, json_string_value(name), type);
		json_decref(name);
	}
	return all;
}

static void keep_action(struct csdl *c, xmlNode *n, const char *name) {
	json_t *parameters = typed_children(n, "Parameter");
	json_t *bound = json_incref(json_object_get(parameters, "bindingParameter"));
	char key[300];
	snprintf(key, sizeof key, "%s/%s", bound ? json_string_value(bound) : "", name);
	json_object_del(parameters, "bindingParameter");
	json_object_set_new(c->actions, key, parameters);
	json_decref(bound);
}

static void keep(struct csdl *c, xmlNode *n) {
	char full[200];
	json_t *name = attribute(n, "Name");
	if (!name)
		return;
	snprintf(full, sizeof full, "graph.%s", json_string_value(name));
	if (is(n, "EntityType") || is(n, "ComplexType")) {
		json_t *type = json_pack("{s:o, s:o}", "properties", typed_children(n, "Property"), "navigation",
					 typed_children(n, "NavigationProperty"));
		json_object_set_new(type, "base", attribute(n, "BaseType"));
		json_object_set_new(c->types, full, type);
	} else if (is(n, "EnumType")) {
		json_object_set_new(c->enums, full, json_true());
	} else if (is(n, "Action")) {
		keep_action(c, n, json_string_value(name));
	}
	json_decref(name);
}

struct csdl *csdl_load(const char *file) {
	xmlDoc *doc = xmlReadFile(file, NULL, XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_HUGE);
	if (!doc)
		return NULL;
	struct csdl *c = calloc(1, sizeof *c);
	if (!c)
		abort();
	c->types = json_object();
	c->enums = json_object();
	c->actions = json_object();
	xmlNode *root = xmlDocGetRootElement(doc);
	for (xmlNode *services = root->children; services; services = services->next)
		for (xmlNode *schema = services->children; schema; schema = schema->next) {
			if (!is(schema, "Schema"))
				continue;
			json_t *space = attribute(schema, "Namespace");
			if (strcmp(json_string_value(space), "microsoft.graph") == 0)
				for (xmlNode *n = schema->children; n; n = n->next)
					keep(c, n);
			json_decref(space);
		}
	xmlFreeDoc(doc);
	return c;
}

void csdl_free(struct csdl *c) {
	if (!c)
		return;
	json_decref(c->types);
	json_decref(c->enums);
	json_decref(c->actions);
	free(c);
}

/* NULL: no such property, in the type or what it derives from. */
static const char *property_type(const struct csdl *c, const char *type, const char *property) {
	for (int depth = 0; type && depth < 10; depth++) {
		const json_t *t = json_object_get(c->types, type);
		const json_t *p = json_object_get(json_object_get(t, "properties"), property);
		if (p)
			return json_string_value(p);
		type = json_string_value(json_object_get(t, "base"));
	}
	return NULL;
}

bool csdl_has(const struct csdl *c, const char *type, const char *property) {
	return property_type(c, type, property) != NULL;
}

static bool is_guid(const char *s) {
	if (strlen(s) != 36)
		return false;
	for (size_t i = 0; i < 36; i++)
		if (i == 8 || i == 13 || i == 18 || i == 23 ? s[i] != '-' : !strchr("0123456789abcdefABCDEF", s[i]))
			return false;
	return true;
}

static bool value_fits(const struct csdl *c, const char *type, const json_t *v, const char *name, char *why,
		       size_t size);

static bool collection_fits(const struct csdl *c, const char *type, const json_t *v, const char *name, char *why,
			    size_t size) {
	char inner[200];
	size_t i;
	json_t *member;
	snprintf(inner, sizeof inner, "%.*s", (int)(strlen(type) - 12), type + 11);
	if (!json_is_array(v)) {
		snprintf(why, size, "Property '%s' is a collection of %s, and the value is none.", name, inner);
		return false;
	}
	json_array_foreach(v, i, member) {
		if (!value_fits(c, inner, member, name, why, size))
			return false;
	}
	return true;
}

static bool value_fits(const struct csdl *c, const char *type, const json_t *v, const char *name, char *why,
		       size_t size) {
	if (json_is_null(v))
		return true;
	if (strncmp(type, "Collection(", 11) == 0)
		return collection_fits(c, type, v, name, why, size);
	if (json_object_get(c->types, type))
		return csdl_fits(c, type, v, why, size);
	bool good = strcmp(type, "Edm.Boolean") == 0   ? json_is_boolean(v)
		    : strncmp(type, "Edm.Int", 7) == 0 ? json_is_integer(v)
		    : strcmp(type, "Edm.Double") == 0  ? json_is_number(v)
		    : strcmp(type, "Edm.Guid") == 0    ? json_is_string(v) && is_guid(json_string_value(v))
						       : json_is_string(v);
	if (!good)
		snprintf(why, size, "Property '%s' should be %s, and the value is not.", name, type);
	return good;
}

static bool object_fits(const struct csdl *c, const char *type, const json_t *parameters, const json_t *object,
			char *why, size_t size) {
	const char *name;
	json_t *v;
	if (!json_is_object(object)) {
		snprintf(why, size, "An object of type %s was expected.", type);
		return false;
	}
	json_object_foreach((json_t *)(uintptr_t)object, name, v) {
		if (name[0] == '@')
			continue;
		const char *t = parameters ? json_string_value(json_object_get(parameters, name))
					   : property_type(c, type, name);
		if (!t) {
			snprintf(why, size, "Property '%s' does not exist on type '%s'.", name, type);
			return false;
		}
		if (!value_fits(c, t, v, name, why, size))
			return false;
	}
	return true;
}

bool csdl_fits(const struct csdl *c, const char *type, const json_t *object, char *why, size_t size) {
	return object_fits(c, type, NULL, object, why, size);
}

bool csdl_fits_action(const struct csdl *c, const char *type, const char *action, const json_t *object, char *why,
		      size_t size) {
	char key[300];
	snprintf(key, sizeof key, "%s/%s", type, action);
	const json_t *parameters = json_object_get(c->actions, key);
	if (!parameters) {
		snprintf(why, size, "No action '%s' on '%s'.", action, type);
		return false;
	}
	return object_fits(c, key, parameters, object, why, size);
}
