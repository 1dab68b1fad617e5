/* SPDX-License-Identifier: MIT
 *
 * replay.c - runs a fuzz target over its seeds without libFuzzer, for `make check` and for crashers.
 *
 *	fuzz_NAME [-m N] FILE_OR_DIRECTORY...
 *
 * -m N: also N small mutations of each file, the same ones every time. Says how many inputs it ran. Before
 * each, the input is in the file FUZZ_LAST names, so that a crash leaves it behind.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/fuzz/fuzz.h"

#define INPUT_MAX ((size_t)1 << 20)

static unsigned long inputs;
static unsigned mutations;

static void run(const uint8_t *data, size_t n) {
	const char *last = getenv("FUZZ_LAST");
	int fd = last ? open(last, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600) : -1;
	if (fd >= 0) {
		ssize_t wrote = write(fd, data, n);
		(void)wrote;
		close(fd);
	}
	inputs++;
	LLVMFuzzerTestOneInput(data, n);
}

static unsigned next_random(uint32_t *seed) {
	*seed = *seed * 1664525 + 1013904223;
	return *seed >> 8;
}

/* One to four changes: a byte, a run taken out or said twice, a cut, a byte of the protocols put in. */
static size_t mutate(uint8_t *data, size_t n, size_t room, uint32_t *seed) {
	static const uint8_t special[] = "\r\n\0.\"\\(){}[]+*&-=?,;: \x1b\xff\x80" "09";
	for (unsigned k = next_random(seed) % 4 + 1; k; k--) {
		size_t at = n ? next_random(seed) % n : 0, len = next_random(seed) % 16 + 1;
		len = len < n - at ? len : n - at;
		switch (next_random(seed) % 5) {
		case 0:
			if (n)
				data[at] = (uint8_t)next_random(seed);
			break;
		case 1:
			memmove(data + at, data + at + len, n - at - len);
			n -= len;
			break;
		case 2:
			if (n + len <= room) {
				memmove(data + at + len, data + at, n - at);
				n += len;
			}
			break;
		case 3:
			n = next_random(seed) % 4 ? n : at;
			break;
		case 4:
			if (n < room) {
				memmove(data + at + 1, data + at, n++ - at);
				data[at] = special[next_random(seed) % (sizeof special - 1)];
			}
			break;
		}
	}
	return n;
}

static bool run_file(const char *path) {
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	uint8_t *data = malloc(INPUT_MAX), *changed = malloc(INPUT_MAX);
	size_t n = 0;
	uint32_t seed = 1;
	ssize_t got = -1;
	while (fd >= 0 && data && changed && n < INPUT_MAX && (got = read(fd, data + n, INPUT_MAX - n)) > 0)
		n += (size_t)got;
	if (fd >= 0)
		close(fd);
	if (got == 0) {
		run(data, n);
		for (unsigned i = 0; i < mutations; i++) {
			memcpy(changed, data, n);
			size_t len = mutate(changed, n, INPUT_MAX, &seed);
			char *exact = fuzz_copy(changed, len);
			run((uint8_t *)exact, len);
			free(exact);
		}
	} else {
		fprintf(stderr, "%s: cannot be read, or is larger than 1 MiB\n", path);
	}
	free(data);
	free(changed);
	return got == 0;
}

static bool run_path(const char *path) {
	DIR *dir = opendir(path);
	struct dirent *entry;
	bool ok = true;
	if (!dir)
		return run_file(path);
	while ((entry = readdir(dir)) != NULL) {
		char name[4096];
		if (entry->d_name[0] == '.')
			continue;
		snprintf(name, sizeof name, "%s/%s", path, entry->d_name);
		ok = run_file(name) && ok;
	}
	closedir(dir);
	return ok;
}

int main(int argc, char **argv) {
	bool ok = true;
	int i = 1;
	if (argc > 2 && strcmp(argv[1], "-m") == 0) {
		mutations = (unsigned)strtoul(argv[2], NULL, 10);
		i = 3;
	}
	if (i >= argc) {
		fprintf(stderr, "usage: %s [-m N] FILE_OR_DIRECTORY...\n", argv[0]);
		return 2;
	}
	run((const uint8_t *)"", 0);
	for (; i < argc; i++)
		ok = run_path(argv[i]) && ok;
	printf("%lu inputs\n", inputs);
	return ok ? 0 : 1;
}
