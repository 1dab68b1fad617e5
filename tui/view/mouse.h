/* SPDX-License-Identifier: MIT
 *
 * mouse.h - what lies under the mouse: the same rows and tables that are drawn.
 */
#ifndef MAILVAN_TUI_MOUSE_H
#define MAILVAN_TUI_MOUSE_H

#include "tui/model/state.h"

void mouse_event(struct console *c, const struct key *k);

#endif
