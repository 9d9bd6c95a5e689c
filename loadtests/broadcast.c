/* The yardstick: what a broadcast costs when nothing but the kernel is paid for.
 *
 *   broadcast PORT PHONES
 *
 * One thread and one epoll loop. Phones connect as WebSockets; every line on stdin is wrapped into one text frame,
 * which goes to every phone with one send() each; then {"sent":n,"skipped":m} is printed. A phone whose socket is full
 * is skipped. End of stdin ends the program.
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

enum { STDIN = UINT32_MAX, LISTENER = UINT32_MAX - 1, LINE = 1 << 20, EVENTS = 256 };

/* The example of RFC 6455, section 1.3: with its key the answer is a constant, and no SHA-1 is needed here. */
static const char KEY[] = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
static const char WELCOME[] =
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
static const char REFUSED[] = "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

static int poller, listener;
static char *is_open; /* by file descriptor: open and past its handshake */
static int files, highest;
static char line[LINE + 1];
static size_t line_length;
static char frame[LINE + 10];
static size_t frame_length;

static void watch(int fd, uint32_t tag) {
  struct epoll_event event = {.events = EPOLLIN, .data.u32 = tag};
  if (epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event)) fail("epoll_ctl");
}

static void listen_on(int port) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  int on = 1;
  listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bind(listener, (struct sockaddr *)&address, size) || listen(listener, 2048)) fail("listen");
  getsockname(listener, (struct sockaddr *)&address, &size);
  printf("{\"port\":%d}\n", ntohs(address.sin_port));
}

static void accept_phones(void) {
  int on = 1, fd;
  while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
    if (fd >= files) { /* more phones than announced */
      close(fd);
      continue;
    }
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (fd > highest) highest = fd;
    watch(fd, (uint32_t)fd);
  }
}

static void hang_up(int fd) {
  is_open[fd] = 0;
  close(fd);
}

/* A frame of which only a part fitted cannot be mended without keeping the rest: that phone is given up. */
static int send_whole(int fd, const char *bytes, size_t length) {
  ssize_t sent = send(fd, bytes, length, MSG_NOSIGNAL);
  if (sent >= 0 && sent != (ssize_t)length) errno = EPIPE;
  return sent == (ssize_t)length;
}

/* The phones are ours and send their request in one piece; what comes after it is read and ignored. */
static void hear(int fd) {
  char request[4096];
  ssize_t got = recv(fd, request, sizeof request - 1, 0);
  if (got < 0 && errno == EAGAIN) return;
  if (got <= 0) {
    hang_up(fd);
  } else if (!is_open[fd]) {
    request[got] = 0;
    is_open[fd] = strstr(request, KEY) != NULL;
    if (!is_open[fd]) {
      send_whole(fd, REFUSED, sizeof REFUSED - 1);
      hang_up(fd);
    } else if (!send_whole(fd, WELCOME, sizeof WELCOME - 1) ||
               (frame_length && !send_whole(fd, frame, frame_length))) {
      hang_up(fd);
    }
  }
}

static void build_frame(const char *text, size_t length) {
  size_t at = 0;
  frame[at++] = (char)0x81; /* final, text */
  if (length < 126) {
    frame[at++] = (char)length;
  } else if (length < 65536) {
    frame[at++] = 126;
    for (int shift = 8; shift >= 0; shift -= 8) frame[at++] = (char)(length >> shift);
  } else {
    frame[at++] = 127;
    for (int shift = 56; shift >= 0; shift -= 8) frame[at++] = (char)(length >> shift);
  }
  memcpy(frame + at, text, length);
  frame_length = at + length;
}

static void broadcast(const char *text, size_t length) {
  unsigned sent = 0, skipped = 0;
  build_frame(text, length);
  for (int fd = 0; fd <= highest; fd++) {
    if (!is_open[fd]) continue;
    if (send_whole(fd, frame, frame_length)) {
      sent++;
    } else {
      skipped++;
      if (errno != EAGAIN) hang_up(fd);
    }
  }
  printf("{\"sent\":%u,\"skipped\":%u}\n", sent, skipped);
}

static int take_lines(void) {
  ssize_t got = read(0, line + line_length, LINE - line_length);
  if (got <= 0) return 0;
  line_length += (size_t)got;
  char *end, *start = line;
  while ((end = memchr(start, '\n', line_length - (size_t)(start - line)))) {
    broadcast(start, (size_t)(end - start));
    start = end + 1;
  }
  line_length -= (size_t)(start - line);
  memmove(line, start, line_length);
  return 1;
}

int main(int argc, char **argv) {
  if (argc != 3) {
    fprintf(stderr, "usage: broadcast PORT PHONES\n");
    return 2;
  }
  files = atoi(argv[2]) + 64;
  need_files((size_t)files);
  is_open = calloc((size_t)files, 1);
  setvbuf(stdout, NULL, _IOLBF, 0);
  poller = epoll_create1(EPOLL_CLOEXEC);
  listen_on(atoi(argv[1]));
  watch(listener, (uint32_t)LISTENER);
  watch(0, (uint32_t)STDIN);
  struct epoll_event events[EVENTS];
  for (;;) {
    int ready = epoll_wait(poller, events, EVENTS, -1);
    for (int i = 0; i < ready; i++) {
      uint32_t tag = events[i].data.u32;
      if (tag == (uint32_t)LISTENER) accept_phones();
      else if (tag != (uint32_t)STDIN) hear((int)tag);
      else if (!take_lines()) return 0;
    }
  }
}
