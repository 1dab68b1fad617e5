/* SPDX-License-Identifier: MIT
 *
 * crash_point.h - named places at which the crash tests stop a process (tests/crash).
 *
 * Nothing at all, unless the build defines MAILVAN_CRASH_POINTS: then the program that links the core has to bring
 * crash_point(), which decides whether the process goes on. A place belongs before and after whatever others can see
 * afterwards: a commit, bytes to a server, an answer that is about to be acted on.
 */
#ifndef MAILVAN_BASE_CRASH_POINT_H
#define MAILVAN_BASE_CRASH_POINT_H

void crash_point(const char *name);

#ifdef MAILVAN_CRASH_POINTS
#define CRASH_POINT(name) crash_point(name)
#else
#define CRASH_POINT(name) ((void)0)
#endif

#endif
