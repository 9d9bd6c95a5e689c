/* What the load tools share: a clock, exact quantiles, and as many file descriptors as the system allows. */
#ifndef MEASURE_H
#define MEASURE_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

/* CLOCK_REALTIME is compared with stamps of other processes; CLOCK_MONOTONIC measures durations. */
static inline uint64_t micros(clockid_t clock) {
  struct timespec t;
  clock_gettime(clock, &t);
  return (uint64_t)t.tv_sec * 1000000u + (uint64_t)t.tv_nsec / 1000u;
}

static inline void fail(const char *what) {
  perror(what);
  exit(1);
}

static inline void *grown(void *block, size_t bytes) {
  void *bigger = realloc(block, bytes);
  if (!bigger) fail("realloc");
  return bigger;
}

/* Every sample is kept: a histogram's buckets would blur the very tail that is asked for. */
struct samples {
  uint32_t *micros;
  size_t count, room;
};

static inline void add_sample(struct samples *s, uint64_t micros) {
  if (s->count == s->room) {
    s->room = s->room ? 2 * s->room : 65536;
    s->micros = grown(s->micros, s->room * sizeof *s->micros);
  }
  s->micros[s->count++] = micros > UINT32_MAX ? UINT32_MAX : (uint32_t)micros;
}

static inline int by_size(const void *a, const void *b) {
  uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
  return (x > y) - (x < y);
}

static inline double quantile_ms(const struct samples *sorted, double q) {
  if (!sorted->count) return 0;
  size_t rank = (size_t)(q * (double)(sorted->count - 1) + 0.5);
  return sorted->micros[rank] / 1000.0;
}

static inline void print_quantiles(struct samples *s) {
  if (s->count) qsort(s->micros, s->count, sizeof *s->micros, by_size);
  printf("{\"count\":%zu,\"p50_ms\":%.3f,\"p90_ms\":%.3f,\"p99_ms\":%.3f,\"max_ms\":%.3f}", s->count,
         quantile_ms(s, 0.5), quantile_ms(s, 0.9), quantile_ms(s, 0.99), quantile_ms(s, 1));
}

static inline void need_files(size_t wanted) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit)) fail("getrlimit");
  limit.rlim_cur = limit.rlim_max;
  if (setrlimit(RLIMIT_NOFILE, &limit)) fail("setrlimit");
  if (limit.rlim_max >= wanted) return;
  fprintf(stderr, "%zu open files are needed and the hard limit is %llu: raise it (ulimit -Hn) or hold fewer phones\n",
          wanted, (unsigned long long)limit.rlim_max);
  exit(2);
}

#endif
