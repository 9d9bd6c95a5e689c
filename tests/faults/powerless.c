/* A disk that forgets what was not flushed: preloaded into a process, it keeps beside each file of FORGETFUL_DIR, in
 * FORGETFUL_KEPT, what a power cut would leave of it at worst. A write is noted; fsync or fdatasync carries the notes over.
 * Meant for SQLite's database and write-ahead log, which are written by pwrite; the -shm file is made anew each time. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILES = 65536 };

struct note {
  struct note *next;
  off_t at;     /* of a write; the new size where `length` is 0: nobody writes nothing */
  size_t length;
  char bytes[];
};

struct file {
  char name[256];
  struct note *first, **end;
};

static struct file files[8];   /* the few that are watched; a descriptor leads to its file */
static struct file *opened[FILES];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

#define REAL(name) ((__typeof__(name) *)dlsym(RTLD_NEXT, #name))

static struct file *find(const char *path) {
  const char *folder = getenv("FORGETFUL_DIR"), *name = strrchr(path, '/');
  size_t length = folder ? strlen(folder) : 0, end = strlen(path);
  if (!folder || strncmp(path, folder, length) || path[length] != '/' || name != path + length) return NULL;
  if (strncmp(name, "/antrean.db", 11) || (end > 4 && !strcmp(path + end - 4, "-shm"))) return NULL;
  for (struct file *f = files; f < files + 8; f++) {
    if (!*f->name) {
      snprintf(f->name, sizeof f->name, "%s", name + 1);
      f->end = &f->first;
    }
    if (!strcmp(f->name, name + 1)) return f;
  }
  abort();
}

static int watch(int fd, const char *path) {
  if (fd < 0 || fd >= FILES) return fd;
  pthread_mutex_lock(&lock);
  opened[fd] = find(path);
  pthread_mutex_unlock(&lock);
  return fd;
}

static void note(int fd, const void *bytes, ssize_t length, off_t at) {
  if (fd < 0 || fd >= FILES || length < 0 || !opened[fd]) return;
  struct note *made = malloc(sizeof *made + (size_t)length);
  *made = (struct note){.at = at, .length = (size_t)length};
  memcpy(made->bytes, bytes, (size_t)length);
  pthread_mutex_lock(&lock);
  *opened[fd]->end = made;
  opened[fd]->end = &made->next;
  pthread_mutex_unlock(&lock);
}

static void carry_over(struct file *f, int kept) {
  while (f->first) {
    struct note *one = f->first;
    if (one->length ? REAL(pwrite)(kept, one->bytes, one->length, one->at) != (ssize_t)one->length
                    : REAL(ftruncate)(kept, one->at) != 0)
      abort();
    f->first = one->next;
    free(one);
  }
  f->end = &f->first;
}

static int flushed(int fd, int result) {
  char path[4096];
  if (result || fd < 0 || fd >= FILES || !opened[fd]) return result;
  pthread_mutex_lock(&lock);
  snprintf(path, sizeof path, "%s/%s", getenv("FORGETFUL_KEPT"), opened[fd]->name);
  int kept = REAL(open)(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
  if (kept < 0) abort();
  carry_over(opened[fd], kept);
  REAL(close)(kept);
  pthread_mutex_unlock(&lock);
  return result;
}

#define OPEN(name, ...)                                    \
  int name(__VA_ARGS__, int flags, ...) {                  \
    va_list more;                                          \
    va_start(more, flags);                                 \
    int mode = flags & O_CREAT ? va_arg(more, int) : 0;    \
    va_end(more);

OPEN(open, const char *path) return watch(REAL(open)(path, flags, mode), path); }
OPEN(open64, const char *path) return watch(REAL(open64)(path, flags, mode), path); }
OPEN(openat, int folder, const char *path) return watch(REAL(openat)(folder, path, flags, mode), path); }

ssize_t pwrite(int fd, const void *bytes, size_t length, off_t at) {
  ssize_t done = REAL(pwrite)(fd, bytes, length, at);
  note(fd, bytes, done, at);
  return done;
}

ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t at) { return pwrite(fd, bytes, length, at); }

ssize_t write(int fd, const void *bytes, size_t length) {
  off_t at = fd >= 0 && fd < FILES && opened[fd] ? lseek(fd, 0, SEEK_CUR) : 0;
  ssize_t done = REAL(write)(fd, bytes, length);
  note(fd, bytes, done, at);
  return done;
}

int ftruncate(int fd, off_t size) {
  int result = REAL(ftruncate)(fd, size);
  if (!result) note(fd, "", 0, size);
  return result;
}

int ftruncate64(int fd, off64_t size) { return ftruncate(fd, size); }
int fsync(int fd) { return flushed(fd, REAL(fsync)(fd)); }
int fdatasync(int fd) { return flushed(fd, REAL(fdatasync)(fd)); }

int unlink(const char *path) {
  char kept[4096];
  struct file *f;
  pthread_mutex_lock(&lock);
  if ((f = find(path))) {
    snprintf(kept, sizeof kept, "%s/%s", getenv("FORGETFUL_KEPT"), f->name);
    REAL(unlink)(kept);
  }
  pthread_mutex_unlock(&lock);
  return REAL(unlink)(path);
}

int close(int fd) {
  if (fd >= 0 && fd < FILES) opened[fd] = NULL;
  return REAL(close)(fd);
}
