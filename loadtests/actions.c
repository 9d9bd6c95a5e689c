/* Clients that press a button as fast as the answers come: POST requests over keep-alive connections, in one thread.
 *
 *   actions PORT CONNECTIONS PLAN [BEARER]
 *
 * PLAN is a file with one request per line: a path, and after a tab its JSON body where it has one. A connection that
 * is free takes the next line; lines that begin with '+' are sent one after the other by the connection that took the
 * line before them. After the last answer a line is printed for every request, in the order of the plan: status,
 * microseconds and ticket label (or '-'), with tabs between; status 0 means that no answer came. The last line is the
 * whole run's microseconds.
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

enum { ANSWER = 65536, EVENTS = 64, GIVE_UP_MS = 20000 };

struct request {
  char *bytes;
  size_t length;
  int follows; /* on the same connection as the one before it */
  int status;
  uint32_t micros;
  char label[24];
};

struct client {
  int fd;
  int busy;
  size_t current; /* index of the request under way */
  uint64_t since;
  size_t held;
  char answer[ANSWER + 1];
};

static struct request *requests;
static size_t total, next;
static unsigned under_way;
static int port;

static void prepare(char *line, const char *bearer) {
  struct request *r;
  if (!(total & (total - 1))) requests = grown(requests, (total ? 2 * total : 1) * sizeof *requests);
  r = &requests[total++];
  *r = (struct request){.follows = *line == '+', .label = "-"};
  char *path = line + r->follows, *body = strchr(path, '\t');
  if (body) *body++ = 0;
  int length = asprintf(&r->bytes,
                        "POST %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nAccept: application/json\r\n%s%s%s%s"
                        "Content-Length: %zu\r\n\r\n%s",
                        path, port, bearer ? "Authorization: Bearer " : "", bearer ? bearer : "", bearer ? "\r\n" : "",
                        body ? "Content-Type: application/json\r\n" : "", body ? strlen(body) : 0, body ? body : "");
  if (length < 0) fail("asprintf");
  r->length = (size_t)length;
}

static void read_plan(const char *name, const char *bearer) {
  FILE *file = fopen(name, "r");
  if (!file) fail(name);
  char *line = NULL;
  size_t room = 0;
  ssize_t length;
  while ((length = getline(&line, &room, file)) > 1) {
    line[length - 1] = 0;
    prepare(line, bearer);
  }
  free(line);
  fclose(file);
}

static void dial(struct client *c) {
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
  int on = 1;
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (connect(c->fd, (struct sockaddr *)&to, sizeof to)) fail("connect");
}

static void ask(struct client *c, size_t index) {
  c->current = index;
  c->busy = 1;
  c->held = 0;
  c->since = micros(CLOCK_MONOTONIC);
  under_way++;
  const struct request *r = &requests[index];
  if (send(c->fd, r->bytes, r->length, MSG_NOSIGNAL) != (ssize_t)r->length) fail("send");
}

/* The rest of what this connection began, or else the next thing that nobody has begun. */
static void ask_next(struct client *c) {
  size_t following = c->current + 1;
  if (c->busy && following < total && requests[following].follows) {
    ask(c, following);
    return;
  }
  c->busy = 0;
  while (next < total && requests[next].follows) next++;
  if (next < total) ask(c, next++);
}

static void note(struct client *c) {
  struct request *r = &requests[c->current];
  r->micros = (uint32_t)(micros(CLOCK_MONOTONIC) - c->since);
  r->status = atoi(c->answer + strlen("HTTP/1.1 "));
  char *label = strstr(c->answer, "\"label\":\"");
  if (label) sscanf(label + strlen("\"label\":\""), "%23[^\"]", r->label);
  under_way--;
}

static int is_whole(const struct client *c) {
  const char *end = strstr(c->answer, "\r\n\r\n"), *length = strcasestr(c->answer, "\r\ncontent-length:");
  if (!end) return 0;
  size_t body = length && length < end ? strtoul(length + strlen("\r\ncontent-length:"), NULL, 10) : 0;
  return c->held >= (size_t)(end + 4 - c->answer) + body;
}

/* A connection that the server closes is not opened again: its request stays without a status, and the run says so. */
static void hear(struct client *c) {
  ssize_t got = recv(c->fd, c->answer + c->held, ANSWER - c->held, 0);
  if (got <= 0) {
    close(c->fd);
    if (c->busy) under_way--;
    return;
  }
  c->held += (size_t)got;
  c->answer[c->held] = 0;
  if (!c->busy || !is_whole(c)) return;
  note(c);
  ask_next(c);
}

static void print_answers(uint64_t elapsed) {
  for (size_t i = 0; i < total; i++)
    printf("%d\t%u\t%s\n", requests[i].status, requests[i].micros, requests[i].label);
  printf("%lu\n", elapsed);
}

int main(int argc, char **argv) {
  int connections = argc > 3 ? atoi(argv[2]) : 0;
  if (connections < 1) {
    fprintf(stderr, "usage: actions PORT CONNECTIONS PLAN [BEARER]\n");
    return 2;
  }
  port = atoi(argv[1]);
  read_plan(argv[3], argc > 4 ? argv[4] : NULL);
  int poller = epoll_create1(EPOLL_CLOEXEC);
  struct client *clients = calloc((size_t)connections, sizeof *clients);
  for (int i = 0; i < connections; i++) {
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = &clients[i]};
    dial(&clients[i]);
    if (epoll_ctl(poller, EPOLL_CTL_ADD, clients[i].fd, &event)) fail("epoll_ctl");
  }
  uint64_t since = micros(CLOCK_MONOTONIC);
  for (int i = 0; i < connections; i++) ask_next(&clients[i]);
  struct epoll_event events[EVENTS];
  while (under_way) {
    int ready = epoll_wait(poller, events, EVENTS, GIVE_UP_MS);
    if (ready <= 0) break;
    for (int i = 0; i < ready; i++) hear(events[i].data.ptr);
  }
  print_answers(micros(CLOCK_MONOTONIC) - since);
  return 0;
}
