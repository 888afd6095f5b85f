// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

/** The newest OCI runtime-spec whose config.json is understood, and the oldest. */
export const specVersion = '1.3.0';
/** The oldest version of the specification whose configurations are read. */
export const oldestSpecVersion = '1.0.0';
