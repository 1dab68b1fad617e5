/* SPDX-License-Identifier: MIT
 *
 * term_signals.c - signals as flags and a descriptor, and a terminal that survives a crash.
 *
 * The one mutable object of the console outside its struct: a handler gets no argument.
 */
#include "tui/term/term_signals.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/eventfd.h>
#include <termios.h>
#include <unistd.h>

#define COUNT(a) (sizeof(a) / sizeof *(a))

static const struct {
	int signo;
	unsigned bit; /* 0: a crash */
} handled[] = {
	{ SIGHUP, SEEN_HANGUP }, { SIGTERM, SEEN_TERM }, { SIGINT, SEEN_INT }, { SIGTSTP, SEEN_STOP },
	{ SIGWINCH, SEEN_WINCH }, { SIGSEGV, 0 },	 { SIGBUS, 0 },	       { SIGFPE, 0 },
	{ SIGILL, 0 },		  { SIGABRT, 0 },	 { SIGQUIT, 0 },
};

static struct {
	atomic_uint seen;
	int wake, tty;
	bool open;
	struct termios modes;
	char reset[256];
	size_t reset_len;
	struct sigaction before[COUNT(handled)];
} term_signal_state = { .wake = -1, .tty = -1 };

static void on_signal(int signo) {
	int saved = errno;
	uint64_t one = 1;
	for (size_t i = 0; i < COUNT(handled); i++)
		if (handled[i].signo == signo)
			atomic_fetch_or(&term_signal_state.seen, handled[i].bit);
	ssize_t ignored = write(term_signal_state.wake, &one, sizeof one);
	(void)ignored;
	errno = saved;
}

/* Only async-signal-safe calls. The handler that was there before (a sanitizer's, or the default
 * with its core dump) gets the signal next. */
static void on_crash(int signo) {
	ssize_t ignored = write(term_signal_state.tty, term_signal_state.reset, term_signal_state.reset_len);
	(void)ignored;
	tcsetattr(term_signal_state.tty, TCSANOW, &term_signal_state.modes);
	for (size_t i = 0; i < COUNT(handled); i++)
		if (handled[i].signo == signo)
			sigaction(signo, &term_signal_state.before[i], NULL);
	raise(signo);
}

bool term_signals_open(int fd, struct err *e) {
	if (tcgetattr(fd, &term_signal_state.modes) != 0)
		return err_errno(e, ERR_INPUT, "The terminal's modes can't be read");
	term_signal_state.wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (term_signal_state.wake < 0)
		return err_errno(e, ERR_LOCAL_DISK, "No descriptor for signals");
	term_signal_state.tty = fd;
	atomic_store(&term_signal_state.seen, 0);
	term_signal_state.reset_len = 0;
	term_signal_state.open = true;
	for (size_t i = 0; i < COUNT(handled); i++) {
		struct sigaction sa = { .sa_handler = handled[i].bit ? on_signal : on_crash };
		sigfillset(&sa.sa_mask);
		sa.sa_flags = handled[i].bit ? SA_RESTART : 0;
		sigaction(handled[i].signo, &sa, &term_signal_state.before[i]);
	}
	return true;
}

void term_signals_reset_text(const char *text) {
	term_signal_state.reset_len = strnlen(text, sizeof term_signal_state.reset);
	memcpy(term_signal_state.reset, text, term_signal_state.reset_len);
}

void term_signals_close(void) {
	if (!term_signal_state.open)
		return;
	for (size_t i = 0; i < COUNT(handled); i++)
		sigaction(handled[i].signo, &term_signal_state.before[i], NULL);
	tcsetattr(term_signal_state.tty, TCSADRAIN, &term_signal_state.modes);
	close(term_signal_state.wake);
	term_signal_state.wake = term_signal_state.tty = -1;
	term_signal_state.open = false;
}

int term_signals_fd(void) { return term_signal_state.wake; }

unsigned term_signals_take(void) {
	uint64_t n;
	ssize_t ignored = read(term_signal_state.wake, &n, sizeof n);
	(void)ignored;
	return atomic_exchange(&term_signal_state.seen, 0);
}

void term_signals_stop(void) {
	struct sigaction mine, dfl = { .sa_handler = SIG_DFL };
	sigaction(SIGTSTP, &dfl, &mine);
	kill(0, SIGTSTP);
	sigaction(SIGTSTP, &mine, NULL);
}
