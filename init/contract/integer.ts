// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

/** Integers above 2^53 - 1 are bigint on both sides: JSON is read and written with all digits. */
export type Integer = number | bigint;
