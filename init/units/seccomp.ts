// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

/** The compiler of seccomp filters, loaded when no compiled one is at hand (container/seccomp/seccomp.ts). */
export { compileSeccomp as default } from '../../seccomp/compile.ts';
