// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// A container must not get at the runtime's own binary through /proc/PID/exe (the class of CVE-2019-5736):
// its processes come from tsrun, and what they see there could be written once no process runs it any more.

#ifndef TSKIT_SEALED_EXE_H
#define TSKIT_SEALED_EXE_H

// For tsrun's create, run and exec: starts the program again from a place where it cannot be written, unless
// it runs from there already. Everything else returns at once. Prints what failed and ends with 1 when that
// cannot be had.
void sealed_exe_ensure(int argc, char **argv);

#endif
