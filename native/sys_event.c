// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Waiting: epoll, timers, events, clocks.

#include <errno.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <time.h>

#include "arguments.h"
#include "error.h"
#include "results.h"
#include "sys.h"

static const int64_t nanoseconds_per_second = 1000000000;

static struct timespec timespec_of(int64_t nanoseconds)
{
    return (struct timespec){
        .tv_sec = nanoseconds / nanoseconds_per_second,
        .tv_nsec = nanoseconds % nanoseconds_per_second,
    };
}

BINDING(event_timerfd_create)
{
    int clock;
    if (arg_int(ctx, argv[0], &clock) < 0)
        return JS_EXCEPTION;
    return sys_number(ctx, timerfd_create(clock, TFD_CLOEXEC | TFD_NONBLOCK), "timerfd_create", NULL);
}

BINDING(event_timerfd_settime)
{
    int fd;
    int64_t value;
    int64_t interval;
    if (arg_int(ctx, argv[0], &fd) < 0 || arg_int64(ctx, argv[1], &value) < 0 ||
        arg_int64(ctx, argv[2], &interval) < 0)
        return JS_EXCEPTION;
    struct itimerspec spec = {.it_value = timespec_of(value), .it_interval = timespec_of(interval)};
    return sys_done(ctx, timerfd_settime(fd, 0, &spec, NULL), "timerfd_settime", NULL);
}

BINDING(event_eventfd)
{
    uint32_t initial;
    if (arg_flags(ctx, argv[0], &initial) < 0)
        return JS_EXCEPTION;
    return sys_number(ctx, eventfd(initial, EFD_CLOEXEC | EFD_NONBLOCK), "eventfd2", NULL);
}

BINDING(event_epoll_create)
{
    return sys_number(ctx, epoll_create1(EPOLL_CLOEXEC), "epoll_create1", NULL);
}

BINDING(event_epoll_ctl)
{
    int epfd;
    int operation;
    int fd;
    uint32_t events;
    if (arg_int(ctx, argv[0], &epfd) < 0 || arg_int(ctx, argv[1], &operation) < 0 ||
        arg_int(ctx, argv[2], &fd) < 0 || arg_flags(ctx, argv[3], &events) < 0)
        return JS_EXCEPTION;
    struct epoll_event event = {.events = events, .data.fd = fd};
    return sys_done(ctx, epoll_ctl(epfd, operation, fd, &event), "epoll_ctl", NULL);
}

BINDING(event_epoll_wait)
{
    int epfd;
    int timeout;
    if (arg_int(ctx, argv[0], &epfd) < 0 || arg_int(ctx, argv[1], &timeout) < 0)
        return JS_EXCEPTION;
    struct epoll_event events[64];
    int count = epoll_wait(epfd, events, length_of(events), timeout);
    if (count < 0 && errno != EINTR)
        return sys_error(ctx, "epoll_wait", NULL);
    struct list result = list_begin(ctx);
    for (int i = 0; i < count; i++) {
        struct object event = object_begin(ctx);
        object_int(&event, "fd", events[i].data.fd);
        object_int(&event, "events", events[i].events);
        list_append(&result, object_finish(&event));
    }
    return list_finish(&result);
}

BINDING(event_clock_gettime)
{
    int clock;
    struct timespec now;
    if (arg_int(ctx, argv[0], &clock) < 0)
        return JS_EXCEPTION;
    if (clock_gettime(clock, &now) < 0)
        return sys_error(ctx, "clock_gettime", NULL);
    return JS_NewInt64(ctx, now.tv_sec * nanoseconds_per_second + now.tv_nsec);
}

BINDING(event_nanosleep)
{
    int64_t nanoseconds;
    if (arg_int64(ctx, argv[0], &nanoseconds) < 0)
        return JS_EXCEPTION;
    struct timespec duration = timespec_of(nanoseconds);
    return sys_done(ctx, nanosleep(&duration, NULL), "nanosleep", NULL);
}

static const JSCFunctionListEntry entries[] = {
    JS_CFUNC_DEF("timerfdCreate", 1, event_timerfd_create),
    JS_CFUNC_DEF("timerfdSettime", 3, event_timerfd_settime),
    JS_CFUNC_DEF("eventfd", 1, event_eventfd),
    JS_CFUNC_DEF("epollCreate", 0, event_epoll_create),
    JS_CFUNC_DEF("epollCtl", 4, event_epoll_ctl),
    JS_CFUNC_DEF("epollWait", 2, event_epoll_wait),
    JS_CFUNC_DEF("clockGettime", 1, event_clock_gettime),
    JS_CFUNC_DEF("nanosleep", 1, event_nanosleep),
};

SYS_AREA(sys_event, entries);
