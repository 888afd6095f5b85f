// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// The module index is text that is looked into, not parsed: the build sorts the lines bytewise and drops repeated ones, so
// that a lookup is a binary search in the file's text and costs the same for 100 modules as for 4000. ASCII, each line ends
// in a newline. Names are normalised ('-' is '_'), as the kernel and modprobe compare them.

/**
 * One line of the module list: four fields separated by tabs, `NAME PATH BEFORE AFTER`, the last two separated by spaces inside.
 * Modules that are compiled into the kernel are listed with an empty PATH: asking for one succeeds and does nothing.
 */
export interface ModuleRecord {
  readonly name: string;
  /** Relative to modulesDir/RELEASE, never compressed. */
  readonly path: string;
  /**
   * Modules to load first, in this order: `depends` and soft dependencies ("pre"), all the way down. One that does not load
   * is not an error yet: it may be a soft one, and of a hard one the kernel says so when the module itself is loaded.
   */
  readonly before: readonly string[];
  /** Modules to load afterwards (soft dependencies, "post"); each may fail. */
  readonly after: readonly string[];
}

/**
 * Which alias file a modalias or a requested name is looked for in: the letters and digits that it starts with when it has
 * a colon ("pci:v00001AF4d…" -> "pci"), else "name" ("fs-ext4"). No such file, no such alias.
 *
 * An alias file's first line holds the lengths of the literal starts that occur in it, ascending, separated by spaces. Each
 * further line is `START TAB REST SPACE NAME [TAB REST SPACE NAME]…`: the part of the pattern up to its first `*`, `?` or `[`,
 * then for each alias with that start the rest of the pattern (fnmatch without flags; may be empty) and the module. '-' is
 * written as '_' outside of brackets, and so is it to be in what is looked for, as modprobe does. So a lookup is, for each
 * length, a binary search for that many first characters of the modalias and a match of the few rests on that line; all
 * modules found are loaded. Within a line modules are in the order of modules.order.
 */
export function moduleBus(alias: string): string {
  return alias.includes(':') ? (/^[A-Za-z0-9]+/.exec(alias)?.[0] ?? 'name') : 'name';
}
