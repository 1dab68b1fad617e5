/* SPDX-License-Identifier: MIT
 *
 * dovecot_dump.c - what an IMAP account on 127.0.0.1 holds, one line per message, for comparisons.
 *
 *	dovecot_dump PORT USER PASSWORD
 *	FOLDER <tab> UID <tab> FLAGS <tab> INTERNALDATE <tab> SHA-256 of the whole message
 *
 * Folder names stay as the server sends them (modified UTF-7); flags are sorted, \Recent left out.
 * An empty folder is one line with a UID of "-". A small blocking client of its own on the clear port,
 * good for Dovecot only: it must not share code with what it checks. Built by dovecot.sh.
 */
#include <arpa/inet.h>
#include <openssl/sha.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define LINE_MAX_LEN 65536
#define FOLDERS_MAX 20000
#define FLAGS_MAX 64

static void die(const char *what) {
	fprintf(stderr, "dovecot_dump: %s\n", what);
	exit(1);
}

static FILE *dial(const char *port) {
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons((in_port_t)strtoul(port, NULL, 10)) };
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof to) != 0)
		die("cannot connect");
	FILE *f = fdopen(fd, "r+");
	if (!f)
		die("no memory");
	return f;
}

static void get_line(FILE *f, char *line) {
	if (!fgets(line, LINE_MAX_LEN, f))
		die("the server hung up");
	line[strcspn(line, "\r\n")] = '\0';
}

static void command(FILE *f, const char *verb, const char *arg) {
	fseek(f, 0, SEEK_CUR); /* between reading and writing a stdio stream */
	fprintf(f, "a %s%s\r\n", verb, arg);
	fflush(f);
	fseek(f, 0, SEEK_CUR);
}

/* Reads up to the tagged reply and gives each untagged line to fn. */
static void replies(FILE *f, const char *what, void (*fn)(FILE *, char *, void *), void *arg) {
	char *line = malloc(LINE_MAX_LEN);
	if (!line)
		die("no memory");
	for (get_line(f, line); strncmp(line, "a ", 2) != 0; get_line(f, line))
		if (fn)
			fn(f, line, arg);
	if (strncmp(line, "a OK", 4) != 0) {
		fprintf(stderr, "dovecot_dump: %s: %s\n", what, line);
		exit(1);
	}
	free(line);
}

struct folders {
	char *names[FOLDERS_MAX]; /* as in the LIST reply: an atom or a quoted string, or a literal quoted here */
	size_t count;
};

/* * LIST (\HasNoChildren) "." "name" */
static void on_list(FILE *f, char *line, void *arg) {
	struct folders *all = arg;
	char *p = strstr(line, ") ");
	bool selectable = !strcasestr(line, "\\Noselect") && !strcasestr(line, "\\NonExistent");
	if (strncmp(line, "* LIST ", 7) != 0 || !p || !selectable)
		return;
	p = strchr(p + 2, ' ');
	if (!p || all->count == FOLDERS_MAX)
		die("cannot read the folder list");
	p++;
	if (*p == '{') {
		char text[LINE_MAX_LEN / 4], quoted[LINE_MAX_LEN / 2], *to = quoted;
		size_t n = strtoul(p + 1, NULL, 10);
		if (n >= sizeof text || fread(text, 1, n, f) != n)
			die("a folder name is cut off");
		*to++ = '"';
		for (size_t i = 0; i < n; i++) {
			if (text[i] == '"' || text[i] == '\\')
				*to++ = '\\';
			*to++ = text[i];
		}
		memcpy(to, "\"", 2);
		get_line(f, line);
		p = quoted;
		all->names[all->count++] = strdup(p);
		return;
	}
	all->names[all->count++] = strdup(p);
}

static int by_text(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

static void print_flags(char *list) {
	char *words[FLAGS_MAX], *save = NULL;
	size_t n = 0;
	for (char *w = strtok_r(list, " ", &save); w && n < FLAGS_MAX; w = strtok_r(NULL, " ", &save))
		if (strcmp(w, "\\Recent") != 0)
			words[n++] = w;
	qsort(words, n, sizeof *words, by_text);
	for (size_t i = 0; i < n; i++)
		printf("%s%s", i ? " " : "", words[i]);
}

static void print_hash(FILE *f, size_t n) {
	unsigned char digest[SHA256_DIGEST_LENGTH];
	unsigned char *body = malloc(n + 1);
	if (!body || fread(body, 1, n, f) != n)
		die("a message is cut off");
	SHA256(body, n, digest);
	free(body);
	for (size_t i = 0; i < sizeof digest; i++)
		printf("%02x", digest[i]);
}

static char *between(char *line, const char *start, char end) {
	char *p = strstr(line, start), *q = p ? strchr(p + strlen(start), end) : NULL;
	if (!q)
		die("cannot read a FETCH reply");
	*q = '\0';
	p += strlen(start);
	memmove(line, p, strlen(p) + 1);
	return line;
}

struct place {
	const char *folder;
	size_t messages;
};

/* * 1 FETCH (UID 1 FLAGS (\Seen) INTERNALDATE "..." BODY[] {123} */
static void on_fetch(FILE *f, char *line, void *arg) {
	struct place *at = arg;
	static char part[LINE_MAX_LEN];
	char *brace = strrchr(line, '{');
	if (!strstr(line, " FETCH (UID "))
		return;
	printf("%s\t", at->folder);
	printf("%s\t", between(memcpy(part, line, LINE_MAX_LEN), "(UID ", ' '));
	print_flags(between(memcpy(part, line, LINE_MAX_LEN), "FLAGS (", ')'));
	printf("\t%s\t", between(memcpy(part, line, LINE_MAX_LEN), "INTERNALDATE \"", '"'));
	print_hash(f, brace && strstr(line, "BODY[] {") ? strtoul(brace + 1, NULL, 10) : 0);
	putchar('\n');
	if (brace)
		get_line(f, line);
	at->messages++;
}

int main(int argc, char **argv) {
	static struct folders all;
	char *line = malloc(LINE_MAX_LEN), login[1024];
	if (argc != 4 || !line)
		die("usage: dovecot_dump PORT USER PASSWORD");
	FILE *f = dial(argv[1]);
	get_line(f, line);
	snprintf(login, sizeof login, "\"%s\" \"%s\"", argv[2], argv[3]);
	command(f, "LOGIN ", login);
	replies(f, "LOGIN", NULL, NULL);
	command(f, "LIST \"\" ", "*");
	replies(f, "LIST", on_list, &all);
	for (size_t i = 0; i < all.count; i++) {
		struct place at = { all.names[i], 0 };
		command(f, "EXAMINE ", all.names[i]);
		replies(f, all.names[i], NULL, NULL);
		command(f, "UID FETCH 1:* ", "(UID FLAGS INTERNALDATE BODY.PEEK[])");
		replies(f, all.names[i], on_fetch, &at);
		if (!at.messages)
			printf("%s\t-\t\t\t\n", at.folder);
		free(all.names[i]);
	}
	free(line);
	fclose(f);
	return 0;
}
