// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Runs inside a container and writes on standard output, as one JSON object, what it finds there. Tests judge
// a container by this and not by what the runtime says it did. Static, so that it can be a rootfs's only
// file.
//
//     probe [--root=FOLDER] [--to=FILE] [--input] [--exit=CODE] [--wait=NUMBER] [--signal=NUMBER] [--unlock]
//     [--read]
//           [--spy=SECONDS] [PATH ...]
//
// With --root it looks from that folder as its root. With --to it adds to FILE instead, and with --input it
// tells what it read from its standard input: as a hook. Each PATH is looked at as a file: what it is,
// whether it can be read and written, and with --unlock whether the mount there can be made writable. The
// process then ends with CODE, or by the signal.
//
// Under any other name than "probe", and where there is /.stand-in, it stands in for a program: it takes no
// notice of its arguments, and looks at the paths that this file lists, a line each. Such a line may begin
// with what to do first, as far as it goes: "folder PATH" and "file PATH" make one with its parents,
// "argument" a folder by the last argument.

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <net/if.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/utsname.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

#define length_of(array) (sizeof(array) / sizeof((array)[0]))

extern char **environ;

// JSON. `first` says whether a comma is due; it is true after each opening.

static bool first = true;

static void comma(void)
{
    if (!first)
        putchar(',');
    first = false;
}

static void write_string(const char *text)
{
    putchar('"');
    for (const unsigned char *at = (const unsigned char *)text; *at != '\0'; at++) {
        if (*at == '"' || *at == '\\')
            printf("\\%c", *at);
        else if (*at < 0x20)
            printf("\\u%04x", *at);
        else
            putchar(*at);
    }
    putchar('"');
}

static void key(const char *name)
{
    comma();
    write_string(name);
    putchar(':');
    first = true;
}

static void open_object(void)
{
    comma();
    putchar('{');
    first = true;
}

static void open_list(void)
{
    comma();
    putchar('[');
    first = true;
}

static void close_with(char bracket)
{
    putchar(bracket);
    first = false;
}

static void string(const char *text)
{
    comma();
    write_string(text);
}

static void number(long long value)
{
    comma();
    printf("%lld", value);
}

static void strings(const char *name, char *const *texts)
{
    key(name);
    open_list();
    for (; *texts != NULL; texts++)
        string(*texts);
    close_with(']');
}

static void named_string(const char *name, const char *text)
{
    key(name);
    string(text);
}

static void named_number(const char *name, long long value)
{
    key(name);
    number(value);
}

// "ok", or the errno's name: results are compared with words.

static const char *errno_name(int number)
{
    static const struct {
        int number;
        const char *name;
    } names[] = {
        {EPERM, "EPERM"},   {ENOENT, "ENOENT"}, {EIO, "EIO"},         {ENXIO, "ENXIO"},
        {EACCES, "EACCES"}, {EBUSY, "EBUSY"},   {ENODEV, "ENODEV"},   {ENOTDIR, "ENOTDIR"},
        {EISDIR, "EISDIR"}, {EINVAL, "EINVAL"}, {ETXTBSY, "ETXTBSY"}, {ENOSPC, "ENOSPC"},
        {EROFS, "EROFS"},   {ELOOP, "ELOOP"},   {EAGAIN, "EAGAIN"},   {EOPNOTSUPP, "EOPNOTSUPP"},
    };
    static char other[32];
    for (size_t i = 0; i < length_of(names); i++)
        if (names[i].number == number)
            return names[i].name;
    snprintf(other, sizeof other, "errno %d", number);
    return other;
}

static const char *outcome(bool succeeded)
{
    return succeeded ? "ok" : errno_name(errno);
}

// Lines of a file of /proc as a list of strings, or its errno's name.

static void lines(const char *name, const char *path)
{
    key(name);
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        string(errno_name(errno));
        return;
    }
    open_list();
    char *line = NULL;
    size_t size = 0;
    for (ssize_t length = getline(&line, &size, file); length > 0; length = getline(&line, &size, file)) {
        if (line[length - 1] == '\n')
            line[length - 1] = '\0';
        string(line);
    }
    close_with(']');
    free(line);
    fclose(file);
}

static void report_user(void)
{
    uid_t uids[3];
    gid_t gids[3];
    getresuid(&uids[0], &uids[1], &uids[2]);
    getresgid(&gids[0], &gids[1], &gids[2]);
    key("uids");
    open_list();
    for (size_t i = 0; i < 3; i++)
        number(uids[i]);
    close_with(']');
    key("gids");
    open_list();
    for (size_t i = 0; i < 3; i++)
        number(gids[i]);
    close_with(']');
    gid_t groups[64];
    int count = getgroups((int)length_of(groups), groups);
    key("groups");
    open_list();
    for (int i = 0; i < count; i++)
        number(groups[i]);
    close_with(']');
}

// Masks in hexadecimal, as /proc/PID/status writes them, but asked of the kernel: /proc may be anything.

static void mask(const char *name, uint64_t bits)
{
    char text[17];
    snprintf(text, sizeof text, "%016llx", (unsigned long long)bits);
    named_string(name, text);
}

static void report_capabilities(void)
{
    struct {
        uint32_t version;
        int pid;
    } header = {0x20080522, 0};
    struct {
        uint32_t effective;
        uint32_t permitted;
        uint32_t inheritable;
    } halves[2] = {0};
    syscall(SYS_capget, &header, halves);
    uint64_t bounding = 0;
    uint64_t ambient = 0;
    for (int i = 0; i < 64; i++) {
        if (prctl(PR_CAPBSET_READ, i, 0, 0, 0) == 1)
            bounding |= UINT64_C(1) << i;
        if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, i, 0, 0) == 1)
            ambient |= UINT64_C(1) << i;
    }
    key("capabilities");
    open_object();
    mask("effective", (uint64_t)halves[1].effective << 32 | halves[0].effective);
    mask("permitted", (uint64_t)halves[1].permitted << 32 | halves[0].permitted);
    mask("inheritable", (uint64_t)halves[1].inheritable << 32 | halves[0].inheritable);
    mask("bounding", bounding);
    mask("ambient", ambient);
    close_with('}');
    named_number("noNewPrivileges", prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
    named_number("seccomp", prctl(PR_GET_SECCOMP, 0, 0, 0, 0));
}

static void report_namespaces(void)
{
    static const char *const kinds[] = {"cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts"};
    key("namespaces");
    open_object();
    for (size_t i = 0; i < length_of(kinds); i++) {
        char path[64];
        struct stat stat_buffer;
        snprintf(path, sizeof path, "/proc/self/ns/%s", kinds[i]);
        if (stat(path, &stat_buffer) == 0)
            named_number(kinds[i], (long long)stat_buffer.st_ino);
    }
    close_with('}');
}

// In the order of asm-generic/resource.h. Values are strings: unlimited does not fit a JSON number.

static void report_limits(void)
{
    static const char *const names[] = {
        "RLIMIT_CPU",      "RLIMIT_FSIZE", "RLIMIT_DATA",   "RLIMIT_STACK",
        "RLIMIT_CORE",     "RLIMIT_RSS",   "RLIMIT_NPROC",  "RLIMIT_NOFILE",
        "RLIMIT_MEMLOCK",  "RLIMIT_AS",    "RLIMIT_LOCKS",  "RLIMIT_SIGPENDING",
        "RLIMIT_MSGQUEUE", "RLIMIT_NICE",  "RLIMIT_RTPRIO", "RLIMIT_RTTIME",
    };
    key("limits");
    open_object();
    for (size_t i = 0; i < length_of(names); i++) {
        uint64_t limit[2];
        if (syscall(SYS_prlimit64, 0, (int)i, NULL, limit) < 0)
            continue;
        key(names[i]);
        open_list();
        for (size_t half = 0; half < 2; half++) {
            char text[32];
            snprintf(text, sizeof text, "%llu", (unsigned long long)limit[half]);
            string(text);
        }
        close_with(']');
    }
    close_with('}');
}

static void report_names(void)
{
    struct utsname names;
    uname(&names);
    named_string("hostname", names.nodename);
    named_string("domainname", names.domainname);
    named_string("machine", names.machine);
    char cwd[PATH_MAX];
    named_string("cwd", getcwd(cwd, sizeof cwd) == NULL ? errno_name(errno) : cwd);
    mode_t old = umask(0);
    umask(old);
    named_number("umask", old);
}

static void report_process(void)
{
    named_number("pid", getpid());
    named_number("ppid", getppid());
    named_number("session", getsid(0));
    sigset_t blocked;
    sigprocmask(SIG_SETMASK, NULL, &blocked);
    key("blockedSignals");
    open_list();
    for (int i = 1; i < 65; i++)
        if (sigismember(&blocked, i) == 1)
            number(i);
    close_with(']');
    key("ignoredSignals");
    open_list();
    for (int i = 1; i < 65; i++) {
        struct sigaction action;
        if (sigaction(i, NULL, &action) == 0 && action.sa_handler == SIG_IGN)
            number(i);
    }
    close_with(']');
}

// Descriptors by trying each, so that none is missed where /proc is covered.

static void report_descriptors(void)
{
    key("descriptors");
    open_list();
    for (int fd = 0; fd < 1024; fd++)
        if (fcntl(fd, F_GETFD) >= 0)
            number(fd);
    close_with(']');
}

// What the kernel decides by when and where the process runs: sched_setattr(2), ioprio_set(2),
// sched_setaffinity(2), set_mempolicy(2), personality(2). All asked of the kernel.

struct schedule {
    uint32_t size;
    uint32_t policy;
    uint64_t flags;
    int32_t nice;
    uint32_t priority;
    uint64_t runtime;
    uint64_t deadline;
    uint64_t period;
};

static void report_schedule(void)
{
    struct schedule schedule = {0};
    syscall(SYS_sched_getattr, 0, &schedule, sizeof schedule, 0);
    key("schedule");
    open_object();
    named_number("policy", schedule.policy);
    named_number("flags", (long long)schedule.flags);
    named_number("nice", schedule.nice);
    named_number("priority", schedule.priority);
    named_number("runtime", (long long)schedule.runtime);
    named_number("deadline", (long long)schedule.deadline);
    named_number("period", (long long)schedule.period);
    close_with('}');
    const int own_process = 1;
    named_number("ioPriority", syscall(SYS_ioprio_get, own_process, 0));
    named_number("personality", personality(0xffffffff));
}

static void numbers_of(const char *name, const unsigned char *bits, size_t length)
{
    key(name);
    open_list();
    for (size_t i = 0; i < length * 8; i++)
        if (bits[i / 8] >> (i % 8) & 1)
            number((long long)i);
    close_with(']');
}

static void report_places(void)
{
    unsigned char cpus[1024] = {0};
    syscall(SYS_sched_getaffinity, 0, sizeof cpus, cpus);
    numbers_of("cpus", cpus, sizeof cpus);
    unsigned char nodes[1024] = {0};
    int mode = 0;
    syscall(SYS_get_mempolicy, &mode, nodes, sizeof nodes * 8, NULL, 0);
    key("memoryPolicy");
    open_object();
    named_number("mode", mode);
    numbers_of("nodes", nodes, sizeof nodes);
    close_with('}');
}

// The session keyring as keyctl(2) describes it ("keyring;0;0;3f130000;_ses.name"), or the errno's name.

static void report_keyring(void)
{
    const int describe = 6;
    const int session = -3;
    char text[256] = "";
    long length = syscall(SYS_keyctl, describe, session, text, sizeof text, 0);
    named_string("keyring", length < 0 ? errno_name(errno) : text);
}

// Of standard input; null when that is none. "controls": it is the session's controlling terminal.

static void report_terminal(void)
{
    struct winsize size;
    key("terminal");
    if (ioctl(0, TIOCGWINSZ, &size) < 0) {
        comma();
        printf("null");
        return;
    }
    open_object();
    named_number("rows", size.ws_row);
    named_number("columns", size.ws_col);
    char name[PATH_MAX] = "";
    named_string("name", readlink("/proc/self/fd/0", name, sizeof name - 1) < 0 ? errno_name(errno) : name);
    pid_t session = 0;
    named_number("controls", ioctl(0, TIOCGSID, &session) == 0 && session == getsid(0));
    struct stat stat_buffer;
    named_number("uid", fstat(0, &stat_buffer) == 0 ? (long long)stat_buffer.st_uid : -1);
    close_with('}');
}

static const char *file_type(mode_t mode)
{
    switch (mode & S_IFMT) {
    case S_IFREG:
        return "file";
    case S_IFDIR:
        return "folder";
    case S_IFLNK:
        return "link";
    case S_IFCHR:
        return "character";
    case S_IFBLK:
        return "block";
    case S_IFIFO:
        return "fifo";
    default:
        return "socket";
    }
}

static void report_read(const char *path, mode_t mode)
{
    if (S_ISDIR(mode)) {
        DIR *folder = opendir(path);
        named_string("read", outcome(folder != NULL));
        if (folder == NULL)
            return;
        key("entries");
        open_list();
        for (struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder))
            if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
                string(entry->d_name);
        close_with(']');
        closedir(folder);
        return;
    }
    char content[256];
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    ssize_t length = fd < 0 ? -1 : read(fd, content, sizeof content - 1);
    // PID 1 limits CPU time once the program runs, which may come here first.
    const char *name = strrchr(path, '/');
    for (int tries = 0; tries < 500 && length > 3 && strcmp(name, "/cpu.max") == 0; tries++) {
        if (strncmp(content, "max", 3) != 0)
            break;
        usleep(10000);
        length = pread(fd, content, sizeof content - 1, 0);
    }
    named_string("read", outcome(length >= 0));
    if (fd >= 0)
        close(fd);
    if (length >= 0 && S_ISREG(mode)) {
        content[length] = '\0';
        named_string("content", content);
    }
}

// Folders by making a file in them, files by opening them for writing without writing anything.

static void report_write(const char *path, mode_t mode)
{
    char name[PATH_MAX + 16];
    snprintf(name, sizeof name, S_ISDIR(mode) ? "%s/.probe" : "%s", path);
    int flags = O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC | (S_ISDIR(mode) ? O_CREAT | O_EXCL : 0);
    int fd = open(name, flags, 0600);
    named_string("write", outcome(fd >= 0));
    if (fd < 0)
        return;
    close(fd);
    if (S_ISDIR(mode))
        unlink(name);
}

// By number: the C library's header and the kernel's, which has the structure, do not go together.

static void report_unlock(const char *path)
{
    struct {
        uint64_t set;
        uint64_t clear;
        uint64_t propagation;
        uint64_t user_namespace;
    } change = {.clear = 1}; // MOUNT_ATTR_RDONLY
    const int mount_setattr_number = 442;
    named_string("unlock",
                 outcome(syscall(mount_setattr_number, AT_FDCWD, path, 0, &change, sizeof change) == 0));
}

static bool tries_to_unlock;

// "name=value", as far as values are text.

static void report_attributes(const char *path)
{
    char names[4096];
    ssize_t length = llistxattr(path, names, sizeof names);
    key("attributes");
    open_list();
    for (ssize_t at = 0; at < length; at += (ssize_t)strlen(names + at) + 1) {
        char value[256] = "";
        char text[4096 + sizeof value];
        lgetxattr(path, names + at, value, sizeof value - 1);
        snprintf(text, sizeof text, "%s=%s", names + at, value);
        string(text);
    }
    close_with(']');
}

// Of what the path leads to: the same text for the same file, wherever it is mounted.

static void report_identity(const char *path)
{
    struct stat found;
    char text[64];
    if (stat(path, &found) < 0)
        return;
    snprintf(text, sizeof text, "%u:%u:%llu", major(found.st_dev), minor(found.st_dev),
             (unsigned long long)found.st_ino);
    named_string("identity", text);
}

static void report_path(const char *path)
{
    struct stat link;
    struct stat found;
    key(path);
    open_object();
    if (lstat(path, &link) < 0) {
        named_string("type", errno_name(errno));
        close_with('}');
        return;
    }
    named_string("type", file_type(link.st_mode));
    named_number("mode", link.st_mode & 07777);
    named_number("uid", link.st_uid);
    named_number("gid", link.st_gid);
    report_identity(path);
    named_number("links", (long long)link.st_nlink);
    named_number("modified", link.st_mtime);
    report_attributes(path);
    if (S_ISCHR(link.st_mode) || S_ISBLK(link.st_mode)) {
        char device[32];
        snprintf(device, sizeof device, "%u:%u", major(link.st_rdev), minor(link.st_rdev));
        named_string("device", device);
    }
    char target[PATH_MAX];
    ssize_t length = S_ISLNK(link.st_mode) ? readlink(path, target, sizeof target - 1) : -1;
    if (length >= 0) {
        target[length] = '\0';
        named_string("target", target);
    }
    if (tries_to_unlock)
        report_unlock(path);
    if (stat(path, &found) == 0) {
        report_read(path, found.st_mode);
        report_write(path, found.st_mode);
    }
    close_with('}');
}

// Looks for that long, without a pause, whether processes of other programs can be looked into: what becomes
// the container's program is there for a moment before, with all that the runtime has (CVE-2016-9962).

static bool is_stranger(const char *pid)
{
    char path[64];
    char name[32] = "";
    snprintf(path, sizeof path, "/proc/%.16s/comm", pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    bool is_read = read(fd, name, sizeof name - 1) > 0;
    close(fd);
    return is_read && strcmp(name, "probe\n") != 0;
}

static bool can_look_into(const char *pid)
{
    char path[64];
    char target[PATH_MAX];
    snprintf(path, sizeof path, "/proc/%.16s/exe", pid);
    ssize_t length = readlink(path, target, sizeof target - 1);
    if (length < 0)
        return false;
    target[length] = '\0';
    // It may have become the probe meanwhile.
    return strcmp(target, "/probe") != 0;
}

static void spy(int seconds)
{
    long long strangers = 0;
    long long open_ones = 0;
    for (time_t end = time(NULL) + seconds; time(NULL) < end;) {
        DIR *processes = opendir("/proc");
        if (processes == NULL)
            break;
        for (struct dirent *entry = readdir(processes); entry != NULL; entry = readdir(processes)) {
            if (entry->d_name[0] < '0' || entry->d_name[0] > '9' || !is_stranger(entry->d_name))
                continue;
            strangers++;
            if (can_look_into(entry->d_name))
                open_ones++;
        }
        closedir(processes);
    }
    key("strangers");
    open_object();
    named_number("seen", strangers);
    named_number("open", open_ones);
    close_with('}');
}

static void report_interfaces(void)
{
    key("interfaces");
    open_list();
    struct if_nameindex *interfaces = if_nameindex();
    for (struct if_nameindex *at = interfaces; at != NULL && at->if_index != 0; at++)
        string(at->if_name);
    close_with(']');
    if_freenameindex(interfaces);
}

static bool tells_input = false;

static void report(char **argv, char *const *paths, int spy_seconds)
{
    open_object();
    strings("argv", argv);
    strings("env", environ);
    report_process();
    report_user();
    report_capabilities();
    report_namespaces();
    report_limits();
    report_names();
    report_descriptors();
    report_schedule();
    report_places();
    report_terminal();
    if (tells_input)
        lines("input", "/proc/self/fd/0");
    report_keyring();
    report_interfaces();
    lines("oomScoreAdj", "/proc/self/oom_score_adj");
    lines("cgroup", "/proc/self/cgroup");
    lines("label", "/proc/self/attr/current");
    lines("mounts", "/proc/self/mountinfo");
    key("paths");
    open_object();
    report_path("/");
    for (; *paths != NULL; paths++)
        report_path(*paths);
    close_with('}');
    if (spy_seconds > 0)
        spy(spy_seconds);
    close_with('}');
    putchar('\n');
}

static bool option(const char *argument, const char *format, int *value)
{
    return sscanf(argument, format, value) == 1;
}

// As a line of its own: the terminal's new size.

static void report_size(void)
{
    struct winsize size = {0};
    ioctl(0, TIOCGWINSZ, &size);
    printf("%d rows, %d columns\n", size.ws_row, size.ws_col);
    fflush(stdout);
}

// As a line of its own: the first of what is typed, up to the end of a line.

static void report_input(void)
{
    char line[256] = "";
    if (fgets(line, sizeof line, stdin) == NULL)
        snprintf(line, sizeof line, "nothing");
    line[strcspn(line, "\n")] = '\0';
    printf("read \"%s\"\n", line);
    fflush(stdout);
}

static void wait_for(int signal_number)
{
    sigset_t awaited;
    sigemptyset(&awaited);
    sigaddset(&awaited, signal_number);
    int received;
    sigwait(&awaited, &received);
}

// With all its parents; what is there already stays.

static void make_folder(char *path)
{
    for (char *at = strchr(path + 1, '/'); at != NULL; at = strchr(at + 1, '/')) {
        *at = '\0';
        mkdir(path, 0755);
        *at = '/';
    }
    mkdir(path, 0755);
}

static void make_file(char *path)
{
    char *name = strrchr(path, '/');
    *name = '\0';
    make_folder(path);
    *name = '/';
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
    if (fd >= 0)
        close(fd);
}

static bool has_prefix(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

// What /.stand-in says: does its acts and reports on its paths.

static int stand_in(int argc, char **argv)
{
    static char *paths[1024];
    size_t count = 0;
    FILE *file = fopen("/.stand-in", "re");
    char *line = NULL;
    size_t size = 0;
    while (file != NULL && getline(&line, &size, file) > 0) {
        line[strcspn(line, "\n")] = '\0';
        if (has_prefix(line, "folder /"))
            make_folder(line + strlen("folder "));
        else if (has_prefix(line, "file /"))
            make_file(line + strlen("file "));
        else if (strcmp(line, "argument") == 0 && argv[argc - 1][0] == '/')
            make_folder(argv[argc - 1]);
        else if (line[0] == '/' && count + 1 < length_of(paths))
            paths[count++] = strdup(line);
    }
    if (file != NULL)
        fclose(file);
    report(argv, paths, 0);
    return fflush(stdout) == 0 ? 0 : 1;
}

int main(int argc, char **argv)
{
    const char *slash = strrchr(argv[0], '/');
    if (strcmp(slash == NULL ? argv[0] : slash + 1, "probe") != 0 && access("/.stand-in", F_OK) == 0)
        return stand_in(argc, argv);
    int code = 0;
    int awaited = 0;
    int last_signal = 0;
    int spy_seconds = 0;
    bool reads = false;
    int next = 1;
    for (; next < argc && strncmp(argv[next], "--", 2) == 0; next++)
        if (strcmp(argv[next], "--unlock") == 0)
            tries_to_unlock = true;
        else if (strcmp(argv[next], "--read") == 0)
            reads = true;
        else if (strcmp(argv[next], "--input") == 0)
            tells_input = true;
        else if (strncmp(argv[next], "--root=", 7) == 0) {
            if (chroot(argv[next] + 7) < 0 || chdir("/") < 0)
                return 2;
        } else if (strncmp(argv[next], "--to=", 5) == 0) {
            if (freopen(argv[next] + 5, "a", stdout) == NULL)
                return 2;
        } else if (!option(argv[next], "--exit=%d", &code) && !option(argv[next], "--wait=%d", &awaited) &&
                   !option(argv[next], "--signal=%d", &last_signal) &&
                   !option(argv[next], "--spy=%d", &spy_seconds)) {
            fprintf(stderr, "probe: unknown option \"%s\"\n", argv[next]);
            return 2;
        }
    // Before the report, whose first part may already make someone send the signal.
    sigset_t all;
    sigfillset(&all);
    if (awaited != 0)
        sigprocmask(SIG_BLOCK, &all, NULL);
    report(argv, argv + next, spy_seconds);
    if (fflush(stdout) != 0)
        return 1;
    if (reads)
        report_input();
    if (awaited != 0)
        wait_for(awaited);
    if (awaited == SIGWINCH)
        report_size();
    if (last_signal != 0)
        raise(last_signal);
    return code;
}
