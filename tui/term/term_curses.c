/* SPDX-License-Identifier: MIT
 *
 * term_curses.c - the only file that knows ncurses.
 */
#include "tui/term/term.h"

#include <curses.h>
#include <langinfo.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <term.h>
#include <unistd.h>
#include <wchar.h>

#include "core/base/clock.h"
#include "tui/term/term_signals.h"
#include "tui/term/theme.h"
#include "tui/term/utf8.h"

#define DOUBLE_CLICK_MS 400
#define CODE_PASTE_BEGIN 3000 /* beyond what ncurses gives to terminfo's own keys */
#define CODE_PASTE_END 3001
#define CODE_SHIFT_TAB 3002

/* One per process, as the terminal is. */
static struct {
	SCREEN *screen;
	bool ascii, mouse, paste;
	enum theme_depth depth;
	mono_ms_t clicked;
	int click_x, click_y;
	attr_t attrs[ST_COUNT];
} term;

static const struct {
	int curses;
	int32_t code;
} key_map[] = {
	{ KEY_UP, K_UP },	  { KEY_DOWN, K_DOWN },	      { KEY_LEFT, K_LEFT },	  { KEY_RIGHT, K_RIGHT },
	{ KEY_HOME, K_HOME },	  { KEY_END, K_END },	      { KEY_PPAGE, K_PGUP },	  { KEY_NPAGE, K_PGDN },
	{ KEY_IC, K_INSERT },	  { KEY_DC, K_DELETE },	      { KEY_BTAB, K_BACKTAB },	  { KEY_SR, K_SHIFT_UP },
	{ KEY_SF, K_SHIFT_DOWN }, { KEY_BACKSPACE, K_BACKSPACE }, { KEY_ENTER, K_ENTER }, { KEY_FIND, K_HOME },
	{ KEY_SELECT, K_END },	  { CODE_PASTE_BEGIN, K_PASTE_BEGIN }, { CODE_PASTE_END, K_PASTE_END },
	{ CODE_SHIFT_TAB, K_BACKTAB },
};

/* What terminals send although TERM says otherwise: the Linux console's F1-F5, xterm's and PuTTY's. */
static const struct {
	const char *sequence;
	int code;
} extra_keys[] = {
	{ "\033[[A", KEY_F(1) },  { "\033[[B", KEY_F(2) },  { "\033[[C", KEY_F(3) },  { "\033[[D", KEY_F(4) },
	{ "\033[[E", KEY_F(5) },  { "\033OP", KEY_F(1) },   { "\033OQ", KEY_F(2) },   { "\033OR", KEY_F(3) },
	{ "\033OS", KEY_F(4) },	  { "\033[11~", KEY_F(1) }, { "\033[12~", KEY_F(2) }, { "\033[13~", KEY_F(3) },
	{ "\033[14~", KEY_F(4) }, { "\033[15~", KEY_F(5) }, { "\033[17~", KEY_F(6) }, { "\033[18~", KEY_F(7) },
	{ "\033[19~", KEY_F(8) }, { "\033[20~", KEY_F(9) }, { "\033[21~", KEY_F(10) }, { "\033[1;2A", KEY_SR },
	{ "\033[1;2B", KEY_SF },  { "\033[A", KEY_UP },	    { "\033[B", KEY_DOWN },   { "\033[C", KEY_RIGHT },
	{ "\033[D", KEY_LEFT },	  { "\033[5~", KEY_PPAGE }, { "\033[6~", KEY_NPAGE }, { "\033[3~", KEY_DC },
	{ "\033[H", KEY_HOME },	  { "\033[F", KEY_END },    { "\033[Z", CODE_SHIFT_TAB },
	{ "\033[200~", CODE_PASTE_BEGIN }, { "\033[201~", CODE_PASTE_END },
};

static void make_inks(void) {
	for (int s = 0; s < ST_COUNT; s++) {
		const struct ink *ink = theme_ink(term.depth, (enum style)s);
		attr_t a = A_NORMAL;
		a |= ink->attr & INK_BOLD ? A_BOLD : 0;
		a |= ink->attr & INK_REVERSE ? A_REVERSE : 0;
		a |= ink->attr & INK_UNDERLINE ? A_UNDERLINE : 0;
		a |= ink->attr & INK_DIM ? A_DIM : 0;
		term.attrs[s] = a;
		if (term.depth != DEPTH_MONO)
			init_pair((short)(s + 1), ink->fg, ink->bg);
	}
}

static void say(const char *capability) {
	const char *text = tigetstr(capability);
	if (text && text != (char *)-1) /* NOLINT: terminfo's way to say "not a string" */
		putp(text);
}

static void add_reset(char *dst, size_t size, const char *capability) {
	const char *text = tigetstr(capability);
	size_t have = strlen(dst);
	if (text && text != (char *)-1 && have < size)
		snprintf(dst + have, size - have, "%s", text);
}

/* What a crash handler writes: capabilities can't be looked up there. */
static void prepare_crash_text(void) {
	char text[256] = "";
	if (term.mouse)
		snprintf(text, sizeof text, "\033[?1000l\033[?1002l\033[?1003l\033[?1006l");
	if (term.paste)
		snprintf(text + strlen(text), sizeof text - strlen(text), "\033[?2004l");
	add_reset(text, sizeof text, "sgr0");
	add_reset(text, sizeof text, "rmkx");
	add_reset(text, sizeof text, "cnorm");
	add_reset(text, sizeof text, "rmcup");
	term_signals_reset_text(text);
}

static void set_up(const struct term_options *o) {
	raw(); /* Ctrl+S, Ctrl+Q, Ctrl+C and Ctrl+Z are keys */
	noecho();
	nonl();
	nodelay(stdscr, TRUE);
	keypad(stdscr, TRUE);
	set_escdelay(25);
	curs_set(0);
	for (size_t i = 0; i < sizeof extra_keys / sizeof *extra_keys; i++)
		if (key_defined(extra_keys[i].sequence) == 0)
			define_key(extra_keys[i].sequence, extra_keys[i].code);
	int colours = 0;
	if (!o->no_color && has_colors() && start_color() == OK) {
		use_default_colors();
		colours = COLORS;
	}
	term.depth = theme_depth_for(colours, o->no_color);
	make_inks();
	const char *km = tigetstr("kmous");
	bool xterm_like = km && km != (char *)-1;
	/* On the Linux console ncurses would load gpm's library, which leaks; it has few users left. */
	const char *name = getenv("TERM");
	if (!o->no_mouse && xterm_like && name && strncmp(name, "linux", 5) != 0) {
		mmask_t want = BUTTON1_PRESSED | BUTTON3_PRESSED | BUTTON4_PRESSED | BUTTON5_PRESSED;
		mouseinterval(0);
		term.mouse = mousemask(want, NULL) != 0;
	}
	term.paste = xterm_like;
	if (term.paste) {
		putp("\033[?2004h");
		fflush(stdout);
	}
}

bool term_open(const struct term_options *o, struct err *e) {
	memset(&term, 0, sizeof term);
	term.ascii = o->ascii || strcmp(nl_langinfo(CODESET), "UTF-8") != 0;
	if (!term_signals_open(STDIN_FILENO, e))
		return false;
	const char *name = getenv("TERM");
	term.screen = newterm(NULL, stdout, stdin);
	const char *cup = term.screen ? tigetstr("cup") : NULL;
	if (!cup || cup == (char *)-1) {
		if (term.screen) {
			endwin();
			delscreen(term.screen);
			term.screen = NULL;
		}
		term_signals_close();
		return err_set(e, ERR_INPUT,
			       "The terminal type \"%.40s\" can't show the console: set TERM (xterm, linux, vt100) "
			       "or use \"mailvan status\"",
			       name ? name : "");
	}
	set_term(term.screen);
	set_up(o);
	prepare_crash_text();
	return true;
}

void term_close(void) {
	if (!term.screen)
		return;
	if (term.mouse)
		mousemask(0, NULL);
	if (term.paste)
		putp("\033[?2004l");
	curs_set(1);
	say("sgr0");
	const char *main_screen = tigetstr("rmcup");
	if (!main_screen || main_screen == (char *)-1) { /* the Linux console, a vt100: one screen for all */
		bkgdset(A_NORMAL);
		erase();
		refresh();
	}
	endwin();
	fflush(stdout);
	delscreen(term.screen);
	term.screen = NULL;
	term_signals_close();
}

bool term_ascii(void) { return term.ascii; }

void term_size(int *w, int *h) {
	*w = COLS;
	*h = LINES;
}

static void show_cell(const struct glyph *c, int x, int y) {
	wchar_t text[CCHARW_MAX + 1] = { 0 };
	const char *p = c->utf8;
	int n = 0;
	for (uint32_t cp; n < CCHARW_MAX && (cp = utf8_next(&p)) != 0;)
		text[n++] = (wchar_t)cp;
	cchar_t cc;
	short pair = term.depth == DEPTH_MONO ? 0 : (short)(c->style + 1);
	if (setcchar(&cc, text, term.attrs[c->style], pair, NULL) == OK)
		mvadd_wch(y, x, &cc);
}

void term_show(const struct grid *g) {
	for (int y = 0; y < g->h && y < LINES; y++) {
		for (int x = 0; x < g->w && x < COLS; x++) {
			const struct glyph *c = grid_at(g, x, y);
			if (c->width > 0)
				show_cell(c, x, y);
		}
	}
	move(g->cursor_y, g->cursor_x); /* also when it is not shown: braille terminals follow it */
	curs_set(g->cursor_shown ? 1 : 0);
	refresh();
}

static bool mouse_key(struct key *k) {
	MEVENT m;
	if (getmouse(&m) != OK)
		return false;
	*k = (struct key){ .code = K_MOUSE, .x = m.x, .y = m.y };
	if (m.bstate & BUTTON4_PRESSED) {
		k->button = MOUSE_WHEEL_UP;
	} else if (m.bstate & BUTTON5_PRESSED) {
		k->button = MOUSE_WHEEL_DOWN;
	} else if (m.bstate & BUTTON3_PRESSED) {
		k->button = MOUSE_RIGHT;
	} else if (m.bstate & BUTTON1_PRESSED) {
		mono_ms_t now = mono_ms();
		bool again = now - term.clicked < DOUBLE_CLICK_MS && m.x == term.click_x && m.y == term.click_y;
		k->button = again ? MOUSE_DOUBLE : MOUSE_CLICK;
		term.clicked = again ? 0 : now;
		term.click_x = m.x;
		term.click_y = m.y;
	} else {
		return false;
	}
	return true;
}

/* Esc with something right behind it. A digit: an F-key, for terminals without function keys. A sequence that
 * terminfo does not know: swallowed whole, its letters are not commands. Else Esc was pressed and the other
 * key after it, and a slow line delivered both at once. */
static int32_t after_escape(void) {
	wint_t next;
	if (get_wch(&next) != OK)
		return K_ESC;
	if (next >= '0' && next <= '9')
		return K_F(next == '0' ? 10 : (int32_t)(next - '0'));
	if (next == '\r' || next == '\n')
		return K_ALT(K_ENTER);
	if (next == '[' || next == 'O') {
		while (get_wch(&next) == OK && (next < 0x40 || next > 0x7e || next == '['))
			;
		return K_NONE;
	}
	unget_wch((wchar_t)next);
	return K_ESC;
}

static bool read_key(struct key *k) {
	wint_t c;
	int kind = get_wch(&c);
	*k = (struct key){ .code = K_NONE };
	if (kind == ERR)
		return false;
	if (kind == OK) {
		k->code = c == '\n' ? K_ENTER : c == 8 ? K_BACKSPACE : c == K_ESC ? after_escape() : (int32_t)c;
		return k->code != K_NONE;
	}
	if (c == KEY_MOUSE)
		return mouse_key(k);
	if (c >= KEY_F(1) && c <= KEY_F(12))
		k->code = K_F((int32_t)c - KEY_F0);
	for (size_t i = 0; i < sizeof key_map / sizeof *key_map; i++)
		if ((wint_t)key_map[i].curses == c)
			k->code = key_map[i].code;
	return k->code != K_NONE;
}

static void new_size(void) {
	struct winsize ws;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &ws) == 0 && ws.ws_row > 0 && ws.ws_col > 0)
		resizeterm(ws.ws_row, ws.ws_col);
}

static void suspend(void) {
	if (term.paste)
		putp("\033[?2004l");
	endwin();
	fflush(stdout);
	term_signals_stop();
	refresh();
	if (term.paste) {
		putp("\033[?2004h");
		fflush(stdout);
	}
	new_size();
	clearok(stdscr, TRUE);
}

static enum term_event signalled(unsigned seen, struct key *k) {
	if (seen & (SEEN_HANGUP | SEEN_TERM))
		return TERM_GONE;
	if (seen & SEEN_STOP) {
		suspend();
		return TERM_RESIZE;
	}
	if (seen & SEEN_WINCH) {
		new_size();
		return TERM_RESIZE;
	}
	if (seen & SEEN_INT) {
		*k = (struct key){ .code = K_CTRL('C') };
		return TERM_KEY;
	}
	return TERM_NOTHING;
}

enum term_event term_wait(int timeout_ms, struct key *k) {
	mono_ms_t end = mono_ms() + timeout_ms;
	for (;;) {
		enum term_event ev = signalled(term_signals_take(), k);
		if (ev != TERM_NOTHING)
			return ev;
		if (read_key(k)) {
			if (k->code != K_CTRL('Z'))
				return TERM_KEY;
			suspend();
			return TERM_RESIZE;
		}
		mono_ms_t left = end - mono_ms();
		if (left <= 0)
			return TERM_NOTHING;
		struct pollfd fds[] = { { .fd = STDIN_FILENO, .events = POLLIN },
					{ .fd = term_signals_fd(), .events = POLLIN } };
		int ready = poll(fds, 2, (int)left), waiting = 0;
		if (ready > 0 && (fds[0].revents & (POLLHUP | POLLERR | POLLNVAL)))
			return TERM_GONE;
		if (ready > 0 && (fds[0].revents & POLLIN) && ioctl(STDIN_FILENO, FIONREAD, &waiting) == 0 &&
		    waiting == 0)
			return TERM_GONE;
	}
}
