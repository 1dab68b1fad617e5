/* SPDX-License-Identifier: MIT
 *
 * project_dir.c - owner, permissions and kind of file system, checked before SQLite opens anything.
 */
#include "core/store/project_dir.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#include "core/store/db.h"

/* statfs(2) f_type. WAL needs shared memory and locks that work, so one machine. */
#define MAGIC_FUSE 0x65735546UL
static const struct {
	unsigned long magic;
	const char *name;
} network_filesystems[] = {
	{ 0x6969, "NFS" },
	{ 0x517b, "SMB" },
	{ 0xff534d42, "CIFS" },
	{ 0xfe534d42, "SMB2" },
	{ 0x5346414f, "AFS" },
	{ 0x6b414653, "AFS" },
	{ 0x73757245, "Coda" },
	{ 0x564c, "NCP" },
	{ 0x01021997, "9P" },
	{ 0x00c36400, "Ceph" },
	{ 0x0bd00bd0, "Lustre" },
	{ 0x47504653, "GPFS" },
	{ 0x01161970, "GFS2" },
	{ 0x7461636f, "OCFS2" },
	{ 0x19830326, "BeeGFS" },
	{ 0xaad7aaea, "PanFS" },
	{ 0x786f4256, "VirtualBox shared folder" },
};
/* FUSE file systems that stay on this machine; all others are taken for remote. */
static const char *const local_fuse[] = { "fuseblk",	 "fuse.ntfs-3g", "fuse.exfat",	  "fuse.gocryptfs",
					  "fuse.encfs",	 "fuse.cryfs",	 "fuse.mergerfs", "fuse.fuse-overlayfs",
					  "fuse.bindfs", "fuse.zfs" };

const char *filesystem_refusal(unsigned long magic, const char *fuse_type) {
	for (size_t i = 0; i < sizeof network_filesystems / sizeof network_filesystems[0]; i++)
		if (network_filesystems[i].magic == magic)
			return network_filesystems[i].name;
	if (magic != MAGIC_FUSE)
		return NULL;
	for (size_t i = 0; i < sizeof local_fuse / sizeof local_fuse[0]; i++)
		if (strcmp(local_fuse[i], fuse_type) == 0)
			return NULL;
	return fuse_type[0] ? fuse_type : "FUSE";
}

/* The mount type of a device from /proc/self/mountinfo (proc(5)): "ID PARENT MAJOR:MINOR ... - TYPE ...". */
static void mount_type(dev_t dev, char *dst, size_t size) {
	char line[8192], want[32];
	dst[0] = '\0';
	FILE *f = fopen("/proc/self/mountinfo", "re");
	if (!f)
		return;
	snprintf(want, sizeof want, " %u:%u ", major(dev), minor(dev));
	while (fgets(line, sizeof line, f)) {
		char *at = strstr(line, want), *type = at ? strstr(at, " - ") : NULL;
		if (!type)
			continue;
		type += 3;
		type[strcspn(type, " \n")] = '\0';
		snprintf(dst, size, "%s", type);
	}
	fclose(f);
}

static bool check_filesystem(const char *dir, dev_t dev, struct err *e) {
	struct statfs fs;
	char type[64] = "";
	if (statfs(dir, &fs) != 0)
		return err_errno(e, ERR_LOCAL_DISK, "Cannot look at the file system of %s", dir);
	unsigned long magic = (unsigned long)fs.f_type & 0xffffffffUL;
	if (magic == MAGIC_FUSE)
		mount_type(dev, type, sizeof type);
	const char *why = filesystem_refusal(magic, type);
	if (why)
		return err_set(e, ERR_INPUT,
			       "%s is on a network file system (%s), where a project is not safe; "
			       "choose a local directory with --project",
			       dir, why);
	return true;
}

static bool owned(const struct stat *st) {
	return st->st_uid == geteuid() || geteuid() == 0;
}

static bool check_dir(const char *dir, struct err *e) {
	struct stat st;
	if (stat(dir, &st) != 0)
		return err_errno(e, ERR_INPUT, "Cannot open the project %s", dir);
	if (!S_ISDIR(st.st_mode))
		return err_set(e, ERR_INPUT, "%s is not a directory; a project is one", dir);
	if (!owned(&st))
		return err_set(e, ERR_INPUT, "The project %s belongs to another user; run mailvan as that user", dir);
	if (st.st_mode & 077)
		return err_set(e, ERR_INPUT, "Others may enter the project %s (mode %03o); run: chmod 700 %s", dir,
			       (unsigned)st.st_mode & 0777, dir);
	return check_filesystem(dir, st.st_dev, e);
}

bool private_file_check(const char *path, bool *there, struct err *e) {
	struct stat st;
	*there = lstat(path, &st) == 0;
	if (!*there)
		return errno == ENOENT || err_errno(e, ERR_LOCAL_DISK, "Cannot look at %s", path);
	if (!S_ISREG(st.st_mode))
		return err_set(e, ERR_INPUT, "%s is not a plain file; restore it from a copy", path);
	if (!owned(&st))
		return err_set(e, ERR_INPUT, "%s belongs to another user; run mailvan as that user", path);
	if (st.st_mode & 077)
		return err_set(e, ERR_INPUT, "Others may read %s (mode %03o); run: chmod 600 %s", path,
			       (unsigned)st.st_mode & 0777, path);
	return true;
}

static bool make_dirs(const char *dir, struct err *e) {
	char path[PATH_MAX];
	if ((size_t)snprintf(path, sizeof path, "%s", dir) >= sizeof path)
		return err_set(e, ERR_INPUT, "The name of the project directory is too long");
	for (char *p = path + 1; *p; p++) {
		if (*p != '/')
			continue;
		*p = '\0';
		if (mkdir(path, 0700) != 0 && errno != EEXIST)
			return err_errno(e, ERR_LOCAL_DISK, "Cannot make the directory %s", path);
		*p = '/';
	}
	if (mkdir(path, 0700) != 0 && errno != EEXIST)
		return err_errno(e, ERR_LOCAL_DISK, "Cannot make the directory %s", path);
	return true;
}

bool directory_sync(const char *dir, struct err *e) {
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return err_errno(e, ERR_LOCAL_DISK, "Cannot open the directory %s", dir);
	/* Some file systems cannot sync a directory; they keep its names by themselves. */
	bool ok = fsync(fd) == 0 || errno == EINVAL || errno == EROFS || errno == EOPNOTSUPP;
	if (!ok)
		err_errno(e, ERR_LOCAL_DISK, "Cannot write the directory %s", dir);
	close(fd);
	return ok;
}

/* The project's name must survive a power cut too, and those of the directories that were made for it. One that cannot
 * be read was there before. */
static bool sync_names(const char *dir, struct err *e) {
	char path[PATH_MAX];
	snprintf(path, sizeof path, "%s", dir);
	for (;;) {
		if (access(path, R_OK) == 0 && !directory_sync(path, e))
			return false;
		char *slash = strrchr(path, '/');
		if (!slash)
			return directory_sync(".", e);
		if (!path[1])
			return true;
		slash[slash == path] = '\0';
	}
}

/* An empty one was made by somebody who may not have come as far as syncing its name. */
static bool make_database(const char *dir, const char *path, bool *created, struct err *e) {
	struct stat st;
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0 && errno != EEXIST)
		return err_errno(e, ERR_LOCAL_DISK, "Cannot make %s", path);
	*created = fd >= 0;
	if (fd >= 0)
		close(fd);
	return lstat(path, &st) != 0 || st.st_size > 0 || sync_names(dir, e);
}

bool project_dir_prepare(const char *dir, enum store_mode mode, bool *created, struct err *e) {
	char path[PATH_MAX];
	bool there;
	*created = false;
	if ((size_t)snprintf(path, sizeof path, "%s/" DB_FILE, dir) >= sizeof path)
		return err_set(e, ERR_INPUT, "The name of the project directory is too long");
	if (mode == STORE_CREATE && access(dir, F_OK) != 0 && !make_dirs(dir, e))
		return false;
	if (mode != STORE_CREATE && access(path, F_OK) != 0 && (errno == ENOENT || errno == ENOTDIR))
		return err_set(e, ERR_INPUT,
			       "There is no project in %s; make one with: mailvan add FILE (mailboxes) or mailvan "
			       "tenant add NAME (a tenant), or name another with --project",
			       dir);
	if (!check_dir(dir, e) || !private_file_check(path, &there, e))
		return false;
	return make_database(dir, path, created, e);
}

bool store_default_dir(char *dst, size_t size, struct err *e) {
	const char *data = getenv("XDG_DATA_HOME"), *home = getenv("HOME");
	int n;
	if (data && data[0] == '/') {
		n = snprintf(dst, size, "%s/mailvan/default", data);
	} else {
		if (!home || home[0] != '/') {
			struct passwd *pw = getpwuid(geteuid());
			home = pw ? pw->pw_dir : NULL;
		}
		if (!home)
			return err_set(e, ERR_INPUT, "No home directory is known; name a project with --project DIR");
		n = snprintf(dst, size, "%s/.local/share/mailvan/default", home);
	}
	return (n > 0 && (size_t)n < size) || err_set(e, ERR_INPUT, "The name of the home directory is too long");
}

int project_dir_lock(const char *dir, struct err *e) {
	const struct timespec nap = { .tv_nsec = 5 * 1000 * 1000 };
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0) {
		err_errno(e, ERR_LOCAL_DISK, "Cannot open the project %s", dir);
		return -1;
	}
	mono_ms_t give_up = mono_ms() + DB_BUSY_MS;
	while (flock(fd, LOCK_EX | LOCK_NB) != 0) {
		if (errno != EINTR && errno != EWOULDBLOCK) {
			err_errno(e, ERR_LOCAL_DISK, "Cannot lock the project %s", dir);
			close(fd);
			return -1;
		}
		if (mono_ms() > give_up) {
			err_set(e, ERR_LOCAL_DISK,
				"The project %s stayed locked by another process for %d s; see which mailvan hangs",
				dir, DB_BUSY_MS / 1000);
			close(fd);
			return -1;
		}
		nanosleep(&nap, NULL);
	}
	return fd;
}
