/* SPDX-License-Identifier: MIT
 *
 * password.c - reads one line without leaving it in a stdio buffer, on a history or on the screen.
 */
#include "tui/cli/password.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#define PASSWORD_MAX 4096

struct line {
	char text[PASSWORD_MAX + 1];
	size_t len;
};

/* The line without its end goes to out; the line is wiped in any case. */
static bool keep(struct line *l, struct secret *out, const char *where, struct err *e) {
	bool ok = true;
	if (l->len && l->text[l->len - 1] == '\r')
		l->len--;
	if (l->len == 0)
		ok = err_set(e, ERR_INPUT, "The password from %s is empty", where);
	else if (memchr(l->text, 0, l->len))
		ok = err_set(e, ERR_INPUT, "The password from %s holds a NUL byte", where);
	else if (!secret_set(out, l->text, l->len))
		ok = err_nomem(e);
	sodium_memzero(l, sizeof *l);
	return ok;
}

/* Up to a line end or the end of the input; a byte at a time, so that nothing behind the line is taken. */
static bool read_line(int fd, struct line *l, const char *where, struct err *e) {
	while (l->len < PASSWORD_MAX) {
		ssize_t n = read(fd, l->text + l->len, 1);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_errno(e, ERR_INPUT, "Cannot read the password from %s", where);
		if (n == 0 || l->text[l->len] == '\n')
			return true;
		l->len++;
	}
	return err_set(e, ERR_INPUT, "The password from %s is longer than %d bytes", where, PASSWORD_MAX);
}

static bool from_descriptor(int fd, const char *where, struct secret *out, struct err *e) {
	struct line l = { .len = 0 };
	if (!read_line(fd, &l, where, e)) {
		sodium_memzero(&l, sizeof l);
		return false;
	}
	return keep(&l, out, where, e);
}

static bool from_file(const char *path, struct secret *out, struct err *e) {
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return err_errno(e, ERR_INPUT, "Cannot open the password file %s", path);
	bool ok = fstat(fd, &st) == 0 || err_errno(e, ERR_INPUT, "Cannot look at %s", path);
	if (ok && S_ISREG(st.st_mode) && (st.st_mode & 077))
		ok = err_set(e, ERR_INPUT, "Others can read the password file %s; run: chmod 600 %s", path, path);
	if (ok)
		ok = from_descriptor(fd, path, out, e);
	close(fd);
	return ok;
}

/* Signals that would end or suspend the program with the echo off are taken as an answer instead. */
static bool ask(int tty, int signals, int stop, struct line *l, struct err *e) {
	struct pollfd fds[3] = { { .fd = tty, .events = POLLIN },
				 { .fd = signals, .events = POLLIN },
				 { .fd = stop, .events = POLLIN } };
	for (;;) {
		if (poll(fds, 3, -1) < 0 && errno != EINTR)
			return err_errno(e, ERR_INPUT, "Cannot read from the terminal");
		if (fds[1].revents || fds[2].revents)
			return err_set(e, ERR_CANCELLED, "Cancelled: no password was given");
		if (fds[0].revents)
			return read_line(tty, l, "the terminal", e);
	}
}

/* The terminal while it asks: echo off, and signals in a descriptor. */
struct prompt {
	int tty, signals;
	struct termios shown;
	sigset_t before;
};

static bool prompt_begin(struct prompt *p, struct err *e) {
	static const int caught[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP };
	struct termios hidden = p->shown;
	sigset_t set;
	sigemptyset(&set);
	for (size_t i = 0; i < sizeof caught / sizeof *caught; i++)
		sigaddset(&set, caught[i]);
	pthread_sigmask(SIG_BLOCK, &set, &p->before);
	p->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	hidden.c_lflag &= ~(tcflag_t)ECHO;
	hidden.c_lflag |= ECHONL;
	return (p->signals >= 0 && tcsetattr(p->tty, TCSAFLUSH, &hidden) == 0) ||
	       err_errno(e, ERR_INPUT, "Cannot turn off the terminal's echo");
}

static void prompt_end(struct prompt *p) {
	struct signalfd_siginfo info;
	tcsetattr(p->tty, TCSAFLUSH, &p->shown);
	/* What came meanwhile was the answer "no" and must not end the program afterwards. */
	while (p->signals >= 0 && read(p->signals, &info, sizeof info) > 0)
		;
	if (p->signals >= 0)
		close(p->signals);
	pthread_sigmask(SIG_SETMASK, &p->before, NULL);
}

static bool from_terminal(const struct stop *stop, const char *whose, struct secret *out, struct err *e) {
	struct prompt p;
	struct line l = { .len = 0 };
	char clean[400];
	p.tty = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
	if (p.tty < 0 || tcgetattr(p.tty, &p.shown) != 0) {
		if (p.tty >= 0)
			close(p.tty);
		return err_set(e, ERR_INPUT,
			       "No password for %s: there is no terminal to ask on; the options that end in "
			       "password-file and password-fd read it from there",
			       whose);
	}
	text_sanitise(clean, sizeof clean, whose, strlen(whose));
	dprintf(p.tty, "Password for %s: ", clean);
	bool ok = prompt_begin(&p, e) && ask(p.tty, p.signals, stop_fd(stop), &l, e);
	prompt_end(&p);
	close(p.tty);
	if (ok)
		return keep(&l, out, "the terminal", e);
	sodium_memzero(&l, sizeof l);
	return false;
}

bool password_read(const char *file, const char *fd, const char *whose, struct secret *out, struct err *e) {
	return password_read_unless(NULL, file, fd, whose, out, e);
}

bool password_read_unless(const struct stop *stop, const char *file, const char *fd, const char *whose,
			  struct secret *out, struct err *e) {
	uint64_t number;
	if (file && fd)
		return err_set(e, ERR_INPUT, "Give the password's file or its descriptor, not both");
	if (file)
		return from_file(file, out, e);
	if (!fd)
		return from_terminal(stop, whose, out, e);
	if (!text_u64(fd, 0, 65535, &number))
		return err_set(e, ERR_INPUT, "'%s' is not the number of a descriptor", fd);
	return from_descriptor((int)number, "the descriptor", out, e);
}
