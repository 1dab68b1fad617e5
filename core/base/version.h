/* SPDX-License-Identifier: MIT
 *
 * version.h - the version of this program, as --version, the worker list and reports show it.
 */
#ifndef MAILVAN_BASE_VERSION_H
#define MAILVAN_BASE_VERSION_H

#define MAILVAN_VERSION "0.1.0"

#endif
