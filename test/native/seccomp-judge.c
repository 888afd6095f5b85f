// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors
//
// Has libseccomp build filters, to compare ours with. Reads profiles from standard input, each of lines
//
//     default ACTION                       the first line; actions are SECCOMP_RET_* in decimal
//     arch NAME                            "x86", "x32", ...
//     only NAME                            NAME in place of the machine's own architecture
//     optimize LEVEL                       SCMP_FLTATR_CTL_OPTIMIZE
//     rule ACTION CALL [INDEX OP A B]...   OP is the number of enum scmp_compare
//     end
//
// and answers each with a 32-bit length and as many bytes of BPF, or with a negative errno: of a rule that
// does not go together with those before it, or of a call that libseccomp does not know.
#define _GNU_SOURCE
#include <errno.h>
#include <seccomp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { most_arguments = 6, longest_line = 4096 };

static int add_rule(scmp_filter_ctx ctx, char *text)
{
    char *rest = NULL;
    uint32_t action = (uint32_t)strtoul(strtok_r(text, " \n", &rest), NULL, 10);
    int call = seccomp_syscall_resolve_name(strtok_r(NULL, " \n", &rest));
    if (call == __NR_SCMP_ERROR)
        return 0;
    struct scmp_arg_cmp comparisons[most_arguments];
    unsigned count = 0;
    for (char *index; count < most_arguments && (index = strtok_r(NULL, " \n", &rest)) != NULL; count++) {
        struct scmp_arg_cmp *comparison = &comparisons[count];
        comparison->arg = (unsigned)atoi(index);
        comparison->op = (enum scmp_compare)atoi(strtok_r(NULL, " \n", &rest));
        comparison->datum_a = strtoull(strtok_r(NULL, " \n", &rest), NULL, 10);
        comparison->datum_b = strtoull(strtok_r(NULL, " \n", &rest), NULL, 10);
    }
    return seccomp_rule_add_array(ctx, action, call, count, comparisons);
}

static int apply(scmp_filter_ctx ctx, char *line)
{
    char *space = strchr(line, ' ');
    char *value = space == NULL ? line + strlen(line) : space + 1;
    if (strncmp(line, "rule ", 5) == 0)
        return add_rule(ctx, value);
    if (strncmp(line, "optimize ", 9) == 0)
        return seccomp_attr_set(ctx, SCMP_FLTATR_CTL_OPTIMIZE, (uint32_t)atoi(value));
    value[strcspn(value, "\n")] = '\0';
    uint32_t arch = seccomp_arch_resolve_name(value);
    if (strncmp(line, "arch ", 5) == 0)
        return seccomp_arch_add(ctx, arch);
    if (strncmp(line, "only ", 5) == 0) {
        int error = seccomp_arch_add(ctx, arch);
        return error != 0 ? error : seccomp_arch_remove(ctx, SCMP_ARCH_NATIVE);
    }
    return -EINVAL;
}

static void answer(scmp_filter_ctx ctx, int32_t error)
{
    int file = memfd_create("filter", MFD_CLOEXEC);
    if (error == 0)
        error = seccomp_export_bpf(ctx, file);
    int32_t length = error == 0 ? (int32_t)lseek(file, 0, SEEK_END) : error;
    fwrite(&length, sizeof length, 1, stdout);
    char block[4096];
    lseek(file, 0, SEEK_SET);
    for (ssize_t got; error == 0 && (got = read(file, block, sizeof block)) > 0;)
        fwrite(block, 1, (size_t)got, stdout);
    close(file);
}

static void tell_number(char *text)
{
    char *call = strchr(text, ' ');
    *call++ = '\0';
    call[strcspn(call, "\n")] = '\0';
    int32_t number = seccomp_syscall_resolve_name_arch(seccomp_arch_resolve_name(text), call);
    fwrite(&number, sizeof number, 1, stdout);
}

int main(void)
{
    static char line[longest_line];
    scmp_filter_ctx ctx = NULL;
    int error = 0;
    while (fgets(line, sizeof line, stdin) != NULL) {
        if (strncmp(line, "default ", 8) == 0) {
            ctx = seccomp_init((uint32_t)strtoul(line + 8, NULL, 10));
            error = ctx == NULL ? -EINVAL : 0;
        } else if (strcmp(line, "end\n") == 0) {
            answer(ctx, error);
            seccomp_release(ctx);
        } else if (strncmp(line, "number ", 7) == 0) {
            tell_number(line + 7);
        } else if (error == 0) {
            error = apply(ctx, line);
        }
    }
    return fflush(stdout) == 0 ? 0 : 1;
}
