/* SPDX-License-Identifier: MIT
 *
 * quirk_imap_lib.c - accepts clients, one thread each, reads their commands, logs them and passes them on.
 */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "tests/servers/quirk_imap_priv.h"

#define LINE_MAX_BYTES (1u << 20)

void *quirk_alloc(void *p, size_t n) {
	p = realloc(p, n ? n : 1);
	if (!p) {
		fputs("quirk server: out of memory\n", stderr);
		abort();
	}
	return p;
}

bool quirk_has_cap(const struct quirks *q, const char *cap) {
	const char *all = q->caps ? q->caps : QUIRK_CAPS, *at = all;
	size_t n = strlen(cap);
	while ((at = strstr(at, cap)) != NULL) {
		if ((at == all || at[-1] == ' ') && (at[n] == ' ' || !at[n]))
			return true;
		at += n;
	}
	return false;
}

bool quirk_word(const char **p, char *out, size_t size) {
	const char *s = *p;
	size_t n = 0;
	bool quoted = *s == '"';
	for (s += quoted; *s && (quoted ? *s != '"' : !strchr(" ()", *s)); s++) {
		if (quoted && *s == '\\' && s[1])
			s++;
		if (n + 1 >= size)
			return false;
		out[n++] = *s;
	}
	out[n] = '\0';
	if (quoted && *s++ != '"')
		return false;
	*p = s + strspn(s, " ");
	return quoted || n > 0;
}

/* Waits for the socket; false when the server is stopped. */
static bool ready(struct session *c, short events) {
	struct pollfd fds[2] = { { .fd = c->fd, .events = events }, { .fd = c->server->wake, .events = POLLIN } };
	int n;
	do
		n = poll(fds, 2, -1);
	while (n < 0);
	return !fds[1].revents;
}

bool session_pause(struct session *c, unsigned ms) {
	struct pollfd wake = { .fd = c->server->wake, .events = POLLIN };
	return poll(&wake, 1, (int)ms) == 0;
}

bool session_send(struct session *c, const char *data, size_t n) {
	if (c->mute)
		return true;
	pthread_mutex_lock(&c->server->lock);
	unsigned drip = c->server->quirks->drip_ms;
	pthread_mutex_unlock(&c->server->lock);
	while (n) {
		if (c->fd < 0 || !ready(c, POLLOUT) || (drip && !session_pause(c, drip)))
			return false;
		ssize_t wrote = send(c->fd, data, drip ? 1 : n, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (wrote <= 0)
			return false;
		data += wrote;
		n -= (size_t)wrote;
	}
	return true;
}

bool session_say(struct session *c, const char *fmt, ...) {
	char text[4096];
	va_list ap;
	va_start(ap, fmt);
	int n = vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	return n > 0 && (size_t)n < sizeof text && session_send(c, text, (size_t)n);
}

static void now_doing(struct session *c, int doing) {
	pthread_mutex_lock(&c->server->lock);
	c->doing = doing;
	pthread_cond_broadcast(&c->server->logged);
	pthread_mutex_unlock(&c->server->lock);
}

static bool receive(struct session *c) {
	char chunk[16384];
	now_doing(c, SESSION_WAITS);
	bool ok = c->fd >= 0 && ready(c, POLLIN);
	now_doing(c, SESSION_BUSY);
	if (!ok)
		return false;
	ssize_t n = recv(c->fd, chunk, sizeof chunk, 0);
	return n > 0 && buf_put(&c->in, chunk, (size_t)n);
}

bool session_read_bytes(struct session *c, char *to, size_t n) {
	while (n) {
		if (!c->in.len && !receive(c))
			return false;
		size_t part = n < c->in.len ? n : c->in.len;
		memcpy(to, c->in.data, part);
		buf_drop(&c->in, part);
		to += part;
		n -= part;
	}
	return true;
}

bool session_read_line(struct session *c, char **line, size_t *size) {
	char *end;
	while (!(end = c->in.len ? memchr(c->in.data, '\n', c->in.len) : NULL))
		if (c->in.len > LINE_MAX_BYTES || !receive(c))
			return false;
	size_t n = (size_t)(end - c->in.data), all = n + 1;
	if (n && c->in.data[n - 1] == '\r')
		n--;
	*line = quirk_alloc(*line, n + 1);
	memcpy(*line, c->in.data, n);
	(*line)[n] = '\0';
	*size = n;
	buf_drop(&c->in, all);
	return true;
}

void session_hang_up(struct session *c) {
	pthread_mutex_lock(&c->server->lock);
	if (c->fd >= 0)
		close(c->fd);
	c->fd = -1;
	pthread_mutex_unlock(&c->server->lock);
}

/* Its last words; then the rest of what the client says is read: a close with unread input is a reset, which may
 * overtake the words. */
static bool leave(struct session *c, const char *words) {
	if (!session_say(c, "%s\r\n", words))
		return false;
	shutdown(c->fd, SHUT_WR);
	do
		buf_reset(&c->in);
	while (receive(c));
	return false;
}

static bool refuse(struct session *c, const char *tag, const char *text) {
	pthread_mutex_lock(&c->server->lock);
	unsigned most = c->server->quirks->errors_max;
	pthread_mutex_unlock(&c->server->lock);
	if (!session_say(c, "%s %s\r\n", tag, text))
		return false;
	bool enough = strncmp(text, "OK", 2) != 0 && ++c->refusals == most;
	return !enough || leave(c, "* BYE Too many invalid IMAP commands.");
}

bool session_obey(struct session *c, const char *tag, const struct quirk_rule *r) {
	if (r->act == QUIRK_ANSWER)
		return refuse(c, tag, r->text);
	while (r->act == QUIRK_BYE_FLOOD)
		if (!session_say(c, "%s\r\n", r->text))
			return false;
	if (r->act == QUIRK_RENUMBER) {
		pthread_mutex_lock(&c->server->lock);
		box_renumber(c->server);
		pthread_mutex_unlock(&c->server->lock);
	}
	if (r->act == QUIRK_BYE_CUT && session_pause(c, r->late_ms))
		session_say(c, "%s\r\n", r->text);
	return r->act == QUIRK_BYE && leave(c, r->text);
}

bool quirk_rule_does(const struct quirk_rule *r) {
	return r->act == QUIRK_DO_CLOSE || r->act == QUIRK_CLOSE_DO || r->act == QUIRK_SWALLOW;
}

static bool too_many(const struct session *c) {
	unsigned others = 0;
	pthread_mutex_lock(&c->server->lock);
	unsigned most = c->server->quirks->sessions_max;
	for (const struct session *s = c->server->sessions; s; s = s->next)
		others += s != c && s->fd >= 0 && s->logged_in;
	pthread_mutex_unlock(&c->server->lock);
	return most && others >= most;
}

static bool authenticate(struct session *c, const char *tag, const char *args) {
	char *line = NULL;
	size_t n;
	bool ok = true;
	if (too_many(c))
		return refuse(c, tag, "NO [LIMIT] Too many simultaneous connections");
	if (!strchr(args, ' ')) /* no initial response */
		ok = session_say(c, "+ \r\n") && session_read_line(c, &line, &n);
	free(line);
	pthread_mutex_lock(&c->server->lock);
	c->logged_in = ok;
	pthread_mutex_unlock(&c->server->lock);
	return ok && session_say(c, "%s OK logged in\r\n", tag);
}

static bool capability(struct session *c, const char *tag) {
	pthread_mutex_lock(&c->server->lock);
	const struct quirks *q = c->server->quirks;
	const char *caps = q->caps_before && !c->logged_in ? q->caps_before : q->caps;
	pthread_mutex_unlock(&c->server->lock);
	return session_say(c, "* CAPABILITY %s\r\n%s OK done\r\n", caps ? caps : QUIRK_CAPS, tag);
}

static bool name_space(struct session *c, const char *tag) {
	pthread_mutex_lock(&c->server->lock);
	char d = c->server->quirks->delimiter;
	pthread_mutex_unlock(&c->server->lock);
	return session_say(c, "* NAMESPACE ((\"\" \"%s%c\")) NIL NIL\r\n%s OK done\r\n", d == '\\' ? "\\" : "",
			   d ? d : '/', tag);
}

/* NetEase lets everybody in, and then nobody do anything who has not said who he is. */
static bool is_stranger(struct session *c, const char *verb) {
	pthread_mutex_lock(&c->server->lock);
	bool required = c->server->quirks->id_required;
	pthread_mutex_unlock(&c->server->lock);
	return required && c->logged_in && !c->identified && strcasecmp(verb, "ID") != 0 &&
	       strcasecmp(verb, "CAPABILITY") != 0 && strcasecmp(verb, "LOGOUT") != 0;
}

static bool dispatch(struct session *c, const char *tag, const char *verb, const char *args) {
	static const struct {
		const char *verb;
		bool (*answer)(struct session *, const char *, const char *);
	} table[] = {
		{ "AUTHENTICATE", authenticate }, { "STATUS", answer_status }, { "UID FETCH", answer_fetch },
		{ "CREATE", answer_create },	  { "RENAME", answer_rename },
		{ "SUBSCRIBE", answer_subscribe }, { "UNSUBSCRIBE", answer_unsubscribe }, { "APPEND", answer_append },
		{ "GETQUOTAROOT", answer_quota_root },
		{ "UID STORE", answer_store },	  { "UID EXPUNGE", answer_expunge }, { "UID MOVE", answer_move },
	};
	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		if (strcasecmp(table[i].verb, verb) == 0)
			return table[i].answer(c, tag, args);
	if (strcasecmp(verb, "CAPABILITY") == 0)
		return capability(c, tag);
	if (strcasecmp(verb, "SELECT") == 0 || strcasecmp(verb, "EXAMINE") == 0)
		return answer_select(c, tag, verb, args);
	if (strcasecmp(verb, "LIST") == 0 || strcasecmp(verb, "LSUB") == 0)
		return answer_list(c, tag, verb, args);
	if (strcasecmp(verb, "NAMESPACE") == 0)
		return name_space(c, tag);
	if (strcasecmp(verb, "ID") == 0) {
		c->identified = true;
		return session_say(c, "* ID NIL\r\n%s OK done\r\n", tag);
	}
	if (strcasecmp(verb, "UNSELECT") == 0)
		c->selected[0] = '\0';
	c->logged_in |= strcasecmp(verb, "LOGIN") == 0;
	if (strcasecmp(verb, "LOGIN") == 0 || strcasecmp(verb, "NOOP") == 0 || strcasecmp(verb, "UNSELECT") == 0)
		return session_say(c, "%s OK done\r\n", tag);
	if (strcasecmp(verb, "LOGOUT") == 0)
		return session_say(c, "* BYE see you\r\n%s OK done\r\n", tag) && false;
	return session_say(c, "%s BAD unknown command\r\n", tag);
}

/* "{12}" or "{12+}" at the end of the line: its size, and the line without it. */
static bool cut_literal(char *line, size_t *n, size_t *size, bool *sync) {
	char *open = *n && line[*n - 1] == '}' ? strrchr(line, '{') : NULL;
	char *end;
	if (!open)
		return false;
	*size = strtoul(open + 1, &end, 10);
	*sync = *end != '+';
	*open = '\0';
	*n = (size_t)(open - line);
	return true;
}

/* In an APPEND only the first can be the folder's name, the others are messages. */
static bool is_name(const char *line) {
	const char *append = strcasestr(line, " APPEND ");
	return !append || append[strlen(" APPEND ")] == '{';
}

/* Literals of a folder name become quoted strings; the messages of an APPEND are left to it. */
static bool read_command(struct session *c, char **line) {
	size_t n, size;
	bool sync;
	if (!session_read_line(c, line, &n))
		return false;
	while (is_name(*line) && cut_literal(*line, &n, &size, &sync)) {
		char *rest = NULL;
		size_t rest_len;
		if (size > QUIRK_NAME_MAX || (sync && !session_say(c, "+ go on\r\n")))
			return false;
		char name[QUIRK_NAME_MAX];
		bool ok = session_read_bytes(c, name, size) && session_read_line(c, &rest, &rest_len);
		if (ok) {
			*line = quirk_alloc(*line, n + 2 * size + rest_len + 3);
			(*line)[n++] = '"';
			for (size_t i = 0; i < size; i++) {
				if (name[i] == '"' || name[i] == '\\')
					(*line)[n++] = '\\';
				(*line)[n++] = name[i];
			}
			(*line)[n++] = '"';
			memcpy(*line + n, rest, rest_len + 1);
			n += rest_len;
		}
		free(rest);
		if (!ok)
			return false;
	}
	return true;
}

static bool command(struct session *c, char **line) {
	char tag[64], verb[64];
	if (!read_command(c, line))
		return false;
	const char *p = *line;
	if (!quirk_word(&p, tag, sizeof tag) || !quirk_word(&p, verb, sizeof verb)) {
		quirk_log(c, "?", *line);
		return session_say(c, "* BAD not a command\r\n");
	}
	if (strcasecmp(verb, "UID") == 0) {
		size_t n = strlen(verb);
		verb[n] = ' ';
		if (!quirk_word(&p, verb + n + 1, sizeof verb - n - 1))
			return session_say(c, "%s BAD UID what?\r\n", tag);
	}
	quirk_log(c, verb, strcasecmp(verb, "LOGIN") == 0 ? "" : p);
	const struct quirk_rule *r = strcasecmp(verb, "APPEND") == 0 ? NULL
							     : quirk_rule(c->server, verb, p, false, false, NULL, 0);
	/* Done, and the answer lost. */
	c->mute = r && r->act == QUIRK_DO_CLOSE;
	if (!r && is_stranger(c, verb))
		return refuse(c, tag, "NO Unsafe Login. Please contact kefu@188.com for help");
	return r && !c->mute ? session_obey(c, tag, r) : dispatch(c, tag, verb, p) && !c->mute;
}

static bool greet(struct session *c) {
	const struct quirk_rule *r = quirk_rule(c->server, "GREETING", "", false, false, NULL, 0);
	if (r)
		return session_obey(c, "*", r);
	pthread_mutex_lock(&c->server->lock);
	const char *text = c->server->quirks->greeting;
	pthread_mutex_unlock(&c->server->lock);
	return session_say(c, "%s\r\n", text ? text : "* OK ready");
}

static void *serve(void *arg) {
	struct session *c = arg;
	char *line = NULL;
	buf_init(&c->in, QUIRK_LITERAL_MAX);
	pthread_mutex_lock(&c->server->lock);
	bool pop3 = c->server->quirks->pop3;
	pthread_mutex_unlock(&c->server->lock);
	if (pop3)
		quirk_pop3(c);
	bool ok = !pop3 && greet(c);
	while (ok)
		ok = command(c, &line);
	session_hang_up(c);
	free(line);
	buf_free(&c->in);
	now_doing(c, SESSION_OVER);
	return NULL;
}

static void *accept_all(void *arg) {
	struct quirk_server *s = arg;
	struct pollfd fds[2] = { { .fd = s->listener, .events = POLLIN }, { .fd = s->wake, .events = POLLIN } };
	while (poll(fds, 2, -1) < 0 || !fds[1].revents) {
		int one = 1, fd = accept4(s->listener, NULL, NULL, SOCK_CLOEXEC);
		if (fd < 0)
			continue;
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
		struct session *c = quirk_alloc(NULL, sizeof *c);
		pthread_mutex_lock(&s->lock);
		*c = (struct session){ .server = s, .fd = fd, .number = ++s->session_count, .next = s->sessions };
		s->sessions = c;
		if (pthread_create(&c->thread, NULL, serve, c) != 0)
			abort();
		pthread_mutex_unlock(&s->lock);
	}
	return NULL;
}

struct quirk_server *quirk_start(const struct quirks *q) {
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof at;
	struct quirk_server *s = quirk_alloc(NULL, sizeof *s);
	pthread_condattr_t attr;
	memset(s, 0, sizeof *s);
	s->quirks = q;
	pthread_mutex_init(&s->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&s->logged, &attr);
	pthread_condattr_destroy(&attr);
	box_make(s, "INBOX", NULL);
	s->wake = eventfd(0, EFD_CLOEXEC);
	s->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (s->wake < 0 || s->listener < 0 || bind(s->listener, (struct sockaddr *)&at, sizeof at) != 0 ||
	    listen(s->listener, 64) != 0 || getsockname(s->listener, (struct sockaddr *)&at, &len) != 0 ||
	    pthread_create(&s->acceptor, NULL, accept_all, s) != 0) {
		box_free(s);
		free(s);
		return NULL;
	}
	s->port = ntohs(at.sin_port);
	return s;
}

void quirk_stop(struct quirk_server *s) {
	uint64_t one = 1;
	if (!s)
		return;
	if (write(s->wake, &one, sizeof one) != sizeof one)
		abort();
	pthread_join(s->acceptor, NULL);
	for (struct session *c = s->sessions, *next; c; c = next) {
		next = c->next;
		pthread_join(c->thread, NULL);
		free(c);
	}
	close(s->listener);
	close(s->wake);
	quirk_forget(s);
	free(s->log);
	box_free(s);
	pthread_cond_destroy(&s->logged);
	pthread_mutex_destroy(&s->lock);
	free(s);
}

uint16_t quirk_port(const struct quirk_server *s) { return s->port; }

bool quirk_speaks_pop3(const struct quirk_server *s) { return s->quirks->pop3; }
