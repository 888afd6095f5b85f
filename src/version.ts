// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

/** Set by scripts/build-cli.ts from package.json; a run from the sources says so. */
declare const __TSKIT_VERSION__: string | undefined;

export const version: string = typeof __TSKIT_VERSION__ === 'string' ? __TSKIT_VERSION__ : '0.0.0-source';
