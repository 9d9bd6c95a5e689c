/* Thousands of phones in one thread: WebSocket connections that note when each frame came.
 *
 *   phones PORT|ADDRESS:PORT COUNT PATHS [RATE [again]]
 *
 * Connects COUNT phones to 127.0.0.1:PORT or elsewhere, RATE a second at most; phone i asks for line i (modulo) of the
 * file PATHS. With `again`, a phone that loses its connection comes back with the protocol's full jitter.
 * When every phone has its first queue frame or has failed, one line {"event":"ready",…} is printed. Then, on stdin:
 *   begin    forget what was recorded so far
 *   report   print one line with what has been recorded since
 *   behind SEQ HASH   (with `again`) how many show something older than SEQ that is not what HASH stands for
 *   cut      (with `again`) every phone loses its connection at once
 * End of stdin ends the program.
 *
 * Latency is the arrival minus the frame's "at", both of the wall clock. "at" is whole milliseconds, rounded down by
 * its sender, so that what is printed is up to 1 ms too long and never too short.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "measure.h"

enum {
  STDIN = UINT32_MAX,
  EVENTS = 512,
  /* A phone is elsewhere, and wakes nobody on the server: without a rest each frame would, at the sender's cost. */
  REST_MICROS = 1000,
  READ = 1 << 18,
  IN_FLIGHT = 128,           /* handshakes under way at once: below any listen backlog */
  PHONES_PER_SOURCE = 25000, /* a source address has some 28,000 ports */
  CHANGES = 8192,
  SECOND = 1000000,
  LONGEST_WAIT = 30 * SECOND,
  STABLE = 60 * SECOND,      /* after which the next loss is the first again */
  LOOK = 10000,              /* between two looks for who comes back now */
};

/* The example of RFC 6455, section 1.3: a constant key has a constant answer, which can be checked without SHA-1. */
static const char REQUEST[] =
    "GET %s HTTP/1.1\r\nHost: %s:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
static const char ACCEPTED[] = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

enum stage { NEW, CONNECTING, GREETED, LIVE, GONE };

struct phone {
  int fd;
  uint8_t stage;
  uint8_t tries;
  uint32_t epoch, newest, frames, shown; /* epoch and what is shown as hashes */
  uint64_t since;                 /* live since, or gone until */
  unsigned char *rest;            /* the beginning of a frame whose end has not come yet */
  size_t rest_length;
};

struct change {
  uint32_t seq, phones, bytes; /* bytes of one payload */
};

static struct {
  uint64_t frames, bytes, tickets, others, repeated, older, lost, back;
  struct samples latency;
  struct change changes[CHANGES];
  unsigned changes_count;
} record;

static int port, poller, comes_again;
static const char *address = "127.0.0.1";
static uint32_t count, started, in_flight, live, refused, broken;
static struct phone *phones;
static char **paths;
static uint32_t paths_count;
static unsigned char inbox[READ];

static void read_paths(const char *name) {
  FILE *file = fopen(name, "r");
  if (!file) fail(name);
  char *path = NULL;
  size_t room = 0;
  ssize_t length;
  while ((length = getline(&path, &room, file)) > 1) {
    path[length - 1] = 0;
    paths = grown(paths, (paths_count + 1) * sizeof *paths);
    paths[paths_count++] = strdup(path);
  }
  free(path);
  fclose(file);
}

static void leave(struct phone *p) {
  int was_live = p->stage == LIVE;
  if (p->stage == CONNECTING || p->stage == GREETED) in_flight--;
  if (p->stage == LIVE) live--, record.lost++;
  if (p->stage == CONNECTING) refused++;
  if (p->stage == GREETED) broken++;
  p->stage = GONE;
  if (p->fd >= 0) close(p->fd);
  free(p->rest);
  p->rest = NULL;
  if (comes_again) {
    uint64_t now = micros(CLOCK_MONOTONIC), longest;
    if (was_live && now - p->since > STABLE) p->tries = 0;
    longest = p->tries < 5 ? (uint64_t)SECOND << p->tries : LONGEST_WAIT;
    if (p->tries < 5) p->tries++;
    p->since = now + (uint64_t)(drand48() * (double)longest);
  }
}

static void start(uint32_t i) {
  struct phone *p = &phones[i];
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)}, from = {.sin_family = AF_INET};
  int on = 1;
  if (inet_pton(AF_INET, address, &to.sin_addr) != 1) fail(address);
  if (ntohl(to.sin_addr.s_addr) >> 24 == 127) from.sin_addr.s_addr = htonl(INADDR_LOOPBACK + i / PHONES_PER_SOURCE);
  p->stage = CONNECTING;
  in_flight++;
  p->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (p->fd < 0) fail("socket");
  setsockopt(p->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
  setsockopt(p->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (bind(p->fd, (struct sockaddr *)&from, sizeof from)) fail("bind");
  if (connect(p->fd, (struct sockaddr *)&to, sizeof to) && errno != EINPROGRESS) {
    leave(p);
    return;
  }
  struct epoll_event event = {.events = EPOLLOUT, .data.u32 = i};
  if (epoll_ctl(poller, EPOLL_CTL_ADD, p->fd, &event)) fail("epoll_ctl");
}

static void greet(uint32_t i) {
  char request[2048];
  struct phone *p = &phones[i];
  struct epoll_event event = {.events = EPOLLIN, .data.u32 = i};
  int length = snprintf(request, sizeof request, REQUEST, paths[i % paths_count], address, port);
  if (send(p->fd, request, (size_t)length, MSG_NOSIGNAL) != length) {
    leave(p);
    return;
  }
  epoll_ctl(poller, EPOLL_CTL_MOD, p->fd, &event);
}

static const char *after(const char *text, size_t length, const char *key) {
  const char *found = memmem(text, length, key, strlen(key));
  return found ? found + strlen(key) : NULL;
}

static uint64_t number(const char *text, size_t length, const char *key) {
  const char *digits = after(text, length, key);
  return digits ? strtoull(digits, NULL, 10) : 0; /* a frame ends in '}', so this stops inside of it */
}

static uint32_t hash_of(const char *from, const char *to) {
  uint32_t hash = 2166136261u; /* FNV-1a */
  for (; from && from < to; from++) hash = (hash ^ (unsigned char)*from) * 16777619u;
  return hash;
}

static uint32_t epoch_of(const char *text, size_t length) {
  const char *from = after(text, length, "\"epoch\":");
  return from ? hash_of(from, memchr(from, ',', (size_t)(text + length - from))) : 0;
}

/* What visitors see of a queue: from its state to just before the causes. */
static uint32_t shown_of(const char *text, size_t length) {
  const char *from = after(text, length, "\"state\":"), *to = after(text, length, ",\"why\":");
  return from && to ? hash_of(from, to) : 0;
}

static void note_change(uint32_t seq, size_t length) {
  unsigned i = record.changes_count;
  while (i && record.changes[i - 1].seq != seq) i--; /* the newest is nearly always the last */
  if (!i) {
    if (record.changes_count == CHANGES) return;
    i = ++record.changes_count;
    record.changes[i - 1] = (struct change){.seq = seq, .bytes = (uint32_t)length};
  }
  record.changes[i - 1].phones++;
}

static void take_queue(struct phone *p, const char *text, size_t length, uint64_t arrived) {
  uint32_t seq = (uint32_t)number(text, length, "\"seq\":"), epoch = epoch_of(text, length);
  uint64_t sent = number(text, length, "\"at\":") * 1000;
  int is_news = p->stage != GREETED; /* what a connection begins with may be of long ago */
  if (!is_news) {
    p->stage = LIVE;
    in_flight--, live++;
    p->since = micros(CLOCK_MONOTONIC);
    record.back += p->frames > 0;
    if (p->frames && epoch == p->epoch && seq < p->newest) return; /* another worker, a moment behind */
  } else if (epoch == p->epoch && seq <= p->newest) {
    if (seq < p->newest) record.older++;
    else record.repeated++;
  }
  if (epoch != p->epoch || seq > p->newest) p->newest = seq;
  p->epoch = epoch;
  if (comes_again) p->shown = shown_of(text, length);
  p->frames++;
  record.frames++;
  record.bytes += length;
  note_change(seq, length);
  if (is_news) add_sample(&record.latency, arrived > sent ? arrived - sent : 0);
}

static void take_text(struct phone *p, const char *text, size_t length, uint64_t arrived) {
  if (after(text, length < 32 ? length : 32, "\"queue\"")) take_queue(p, text, length, arrived);
  else if (after(text, length < 32 ? length : 32, "\"ticket\"")) record.tickets++;
  else record.others++;
}

static void answer_ping(struct phone *p, const unsigned char *payload, size_t length) {
  unsigned char pong[131] = {0x8a, (unsigned char)(0x80 | length)}; /* a mask of zeros leaves the payload as it is */
  memcpy(pong + 6, payload, length);
  send(p->fd, pong, length + 6, MSG_NOSIGNAL);
}

/* How many bytes the frame at the front takes; 0 while it is not whole. */
static size_t take_frame(struct phone *p, const unsigned char *bytes, size_t held, uint64_t arrived) {
  size_t head = 2, length;
  if (held < 2) return 0;
  length = bytes[1];
  if (length >= 126) head = length == 126 ? 4 : 10;
  if (held < head) return 0;
  if (head > 2) length = 0;
  for (size_t i = 2; i < head; i++) length = length << 8 | bytes[i];
  if (held < head + length) return 0;
  int opcode = bytes[0] & 15;
  if (opcode == 1) take_text(p, (const char *)bytes + head, length, arrived);
  else if (opcode == 9 && length <= 125) answer_ping(p, bytes + head, length);
  else if (opcode == 8) leave(p);
  return head + length;
}

/* The handshake's answer: how long it is; 0 while it is not whole. */
static size_t take_welcome(struct phone *p, unsigned char *bytes, size_t held) {
  unsigned char *end = memmem(bytes, held, "\r\n\r\n", 4);
  if (!end) return 0;
  *end = 0;
  if (memcmp(bytes, "HTTP/1.1 101", 12) || !strstr((char *)bytes, ACCEPTED)) leave(p);
  else p->stage = GREETED;
  return (size_t)(end + 4 - bytes);
}

static void keep(struct phone *p, const unsigned char *bytes, size_t length) {
  unsigned char *rest = length ? memcpy(grown(NULL, length), bytes, length) : NULL;
  free(p->rest);
  p->rest = rest;
  p->rest_length = length;
}

static void hear(struct phone *p) {
  size_t held = p->rest ? p->rest_length : 0, taken = 0, step;
  ssize_t got = recv(p->fd, inbox + held, READ - held, 0);
  uint64_t arrived = micros(CLOCK_REALTIME);
  if (got < 0 && errno == EAGAIN) return;
  if (got <= 0) {
    leave(p);
    return;
  }
  if (held) memcpy(inbox, p->rest, held);
  held += (size_t)got;
  do {
    if (p->stage == CONNECTING) step = take_welcome(p, inbox + taken, held - taken);
    else step = take_frame(p, inbox + taken, held - taken, arrived);
    taken += step;
  } while (step && p->stage != GONE);
  if (p->stage != GONE && (p->rest || taken < held)) keep(p, inbox + taken, held - taken);
}

static void print_record(void) {
  uint32_t newest = 0, at_newest = 0;
  for (uint32_t i = 0; i < count; i++)
    if (phones[i].stage == LIVE && phones[i].newest > newest) newest = phones[i].newest;
  for (uint32_t i = 0; i < count; i++) at_newest += phones[i].stage == LIVE && phones[i].newest == newest;
  printf("{\"event\":\"report\",\"live\":%u,\"lost\":%lu,\"frames\":%lu,\"bytes\":%lu,\"tickets\":%lu,\"others\":%lu,"
         "\"repeated\":%lu,\"older\":%lu,\"back\":%lu,\"newest\":%u,\"at_newest\":%u,\"latency\":",
         live, record.lost, record.frames, record.bytes, record.tickets, record.others, record.repeated, record.older,
         record.back, newest, at_newest);
  print_quantiles(&record.latency);
  printf(",\"changes\":[");
  for (unsigned i = 0; i < record.changes_count; i++)
    printf("%s[%u,%u,%u]", i ? "," : "", record.changes[i].seq, record.changes[i].phones, record.changes[i].bytes);
  printf("]}\n");
}

static void forget(void) {
  struct samples kept = record.latency;
  memset(&record, 0, sizeof record);
  record.latency = kept;
  record.latency.count = 0;
  printf("{\"event\":\"begun\"}\n");
}

static void print_behind(const char *order) {
  unsigned seq = 0, shown = 0, behind = 0;
  sscanf(order, "%u %u", &seq, &shown);
  for (uint32_t i = 0; i < count; i++)
    behind += phones[i].stage == LIVE && phones[i].newest < seq && phones[i].shown != shown;
  printf("{\"event\":\"behind\",\"phones\":%u}\n", behind);
}

static void cut(void) {
  for (uint32_t i = 0; i < count; i++)
    if (phones[i].stage == LIVE) leave(&phones[i]);
  printf("{\"event\":\"cut\"}\n");
}

static int obey(void) {
  char order[256];
  ssize_t got = read(0, order, sizeof order - 1);
  if (got <= 0) return 0;
  order[got] = 0;
  if (strstr(order, "begin")) forget();
  if (strstr(order, "report")) print_record();
  if (strstr(order, "behind")) print_behind(strstr(order, "behind") + strlen("behind"));
  if (strstr(order, "cut")) cut();
  return 1;
}

/* Lets those come back whose time it is. How long the poll may last. */
static int return_some(void) {
  static uint64_t looked;
  uint64_t now = micros(CLOCK_MONOTONIC);
  if (!comes_again) return -1;
  if (now - looked < LOOK) return 1;
  looked = now;
  for (uint32_t i = 0; i < started && in_flight < IN_FLIGHT; i++)
    if (phones[i].stage == GONE && phones[i].since <= now) start(i);
  return LOOK / 1000;
}

/* Starts as many phones as the rate has earned by now; says once when all have arrived. */
static int ramp(uint64_t since, uint32_t rate) {
  static int done;
  if (done) return return_some();
  uint64_t elapsed = micros(CLOCK_MONOTONIC) - since;
  uint64_t earned = elapsed * rate / 1000000 + 1;
  while (started < count && started < earned && in_flight < IN_FLIGHT) start(started++);
  if (started < count || in_flight) return 1;
  done = 1;
  printf("{\"event\":\"ready\",\"live\":%u,\"refused\":%u,\"broken\":%u,\"seconds\":%.3f}\n", live, refused, broken,
         (double)elapsed / 1e6);
  return -1;
}

static void prepare(int argc, char **argv) {
  struct epoll_event orders = {.events = EPOLLIN, .data.u32 = (uint32_t)STDIN};
  char *colon = strchr(argv[1], ':');
  if (colon) *colon = 0, address = argv[1];
  port = atoi(colon ? colon + 1 : argv[1]);
  comes_again = argc > 5 && !strcmp(argv[5], "again");
  srand48((long)micros(CLOCK_REALTIME));
  count = (uint32_t)atoi(argv[2]);
  read_paths(argv[3]);
  need_files(count + 64);
  phones = calloc(count, sizeof *phones);
  setvbuf(stdout, NULL, _IOLBF, 0);
  poller = epoll_create1(EPOLL_CLOEXEC);
  if (epoll_ctl(poller, EPOLL_CTL_ADD, 0, &orders)) fail("stdin must be a pipe");
}

/* Whether there is more to do. */
static int take(const struct epoll_event *event) {
  uint32_t tag = event->data.u32;
  if (tag == (uint32_t)STDIN) return obey();
  if (event->events & EPOLLOUT) greet(tag);
  else if (phones[tag].stage != GONE) hear(&phones[tag]);
  return 1;
}

int main(int argc, char **argv) {
  if (argc < 4 || atoi(argv[2]) < 1) {
    fprintf(stderr, "usage: phones PORT|ADDRESS:PORT COUNT PATHS [RATE [again]]\n");
    return 2;
  }
  prepare(argc, argv);
  if (!paths_count) {
    fprintf(stderr, "%s: a path in each line, and at least one\n", argv[3]);
    return 2;
  }
  struct epoll_event events[EVENTS];
  uint32_t rate = argc > 4 ? (uint32_t)atoi(argv[4]) : 2000;
  uint64_t since = micros(CLOCK_MONOTONIC);
  for (;;) {
    int ready = epoll_wait(poller, events, EVENTS, ramp(since, rate));
    for (int i = 0; i < ready; i++)
      if (!take(&events[i])) return 0;
    usleep(REST_MICROS);
  }
}
