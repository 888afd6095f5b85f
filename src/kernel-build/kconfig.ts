// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** One definition of an option in a Kconfig file; an option may have several. */
export interface Definition {
  /** Conditions that must all hold: its own `depends on`, and those of the menus and `if` blocks around it. */
  readonly depends: readonly string[];
  /** Whether somebody may set it; what has no prompt is only ever selected. The prompt's own condition counts as one. */
  readonly prompt: boolean;
}

/** The options of a kernel's source for one architecture. Names are without `CONFIG_`, as Kconfig writes them. */
export interface KconfigTree {
  readonly options: ReadonlyMap<string, readonly Definition[]>;
  /** Option -> what selects it, each with its condition. */
  readonly selectors: ReadonlyMap<string, readonly { readonly by: string; readonly condition?: string }[]>;
}

interface Draft {
  readonly name: string | undefined;
  readonly depends: string[];
  prompt: boolean;
}

/**
 * Reads Kconfig files from the top of a source tree, as far as it takes to say why an option did not come out as asked: what it depends on and
 * what selects it (Documentation/kbuild/kconfig-language.rst). It decides nothing: that is done by the kernel's own program.
 */
export function readKconfig(source: string, sourceArchitecture: string): KconfigTree {
  const options = new Map<string, Definition[]>();
  const selectors = new Map<string, { by: string; condition?: string }[]>();
  // One entry an open `if`, `menu` or `choice`: the conditions that it lays on what is in it.
  const blocks: string[][] = [];
  let draft: Draft | undefined;

  const close = (): void => {
    if (draft?.name !== undefined) {
      const around = blocks.flat();
      const known = options.get(draft.name) ?? [];
      options.set(draft.name, [...known, { depends: [...around, ...draft.depends], prompt: draft.prompt }]);
    }
    draft = undefined;
  };

  const statement = (text: string): void => {
    const [, keyword = '', rest = ''] = /^(\S+)\s*(.*)$/.exec(text) ?? [];
    switch (keyword) {
      case 'config':
      case 'menuconfig':
        close();
        draft = { name: rest.trim(), depends: [], prompt: false };
        return;
      case 'if':
        close();
        blocks.push([rest]);
        return;
      case 'menu':
      case 'choice':
        close();
        blocks.push([]);
        // Conditions that follow are the block's.
        draft = { name: undefined, depends: blocks.at(-1) ?? [], prompt: false };
        return;
      case 'endif':
      case 'endmenu':
      case 'endchoice':
        close();
        blocks.pop();
        return;
      case 'comment':
        close();
        draft = { name: undefined, depends: [], prompt: false };
        return;
      case 'source':
        close();
        include(unquoted(rest).replaceAll('$(SRCARCH)', sourceArchitecture));
        return;
      default:
        attribute(keyword, rest);
    }
  };

  const attribute = (keyword: string, rest: string): void => {
    if (draft === undefined) return;
    if (keyword === 'depends') draft.depends.push(rest.replace(/^on\s+/, ''));
    if (keyword === 'visible') draft.depends.push(rest.replace(/^if\s+/, ''));
    if (['bool', 'tristate', 'string', 'int', 'hex', 'prompt'].includes(keyword) && /^["']/.test(rest)) {
      draft.prompt = true;
      const [, condition] = /^(?:"(?:[^"\\]|\\.)*"|'[^']*')\s+if\s+(.*)$/.exec(rest) ?? [];
      if (condition !== undefined) draft.depends.push(condition);
    }
    if (keyword === 'select' && draft.name !== undefined) {
      const [, name = '', condition] = /^(\w+)(?:\s+if\s+(.*))?$/.exec(rest) ?? [];
      const entry = { by: draft.name, ...(condition !== undefined && { condition }) };
      selectors.set(name, [...(selectors.get(name) ?? []), entry]);
    }
  };

  const include = (path: string): void => {
    let text: string;
    try {
      text = readFileSync(join(source, path), 'utf8');
    } catch {
      return;
    }
    for (const line of statementLines(text)) statement(line);
    close();
  };

  include('Kconfig');
  return { options, selectors };
}

/** The lines that say something: continued lines joined, comments and help texts left out. */
function statementLines(text: string): readonly string[] {
  const lines = text.replaceAll('\\\n', ' ').split('\n');
  const statements: string[] = [];
  let helpIndent: number | undefined;
  let isHelp = false;
  for (const line of lines) {
    const trimmed = line.trim();
    if (trimmed === '') continue;
    if (isHelp) {
      const indent = indentOf(line);
      helpIndent ??= indent;
      // A help text ends at the first line that is indented less than its first.
      if (indent >= helpIndent && helpIndent > 0) continue;
      isHelp = false;
    }
    if (trimmed.startsWith('#')) continue;
    if (trimmed === 'help' || trimmed === '---help---') {
      isHelp = true;
      helpIndent = undefined;
      continue;
    }
    statements.push(trimmed.replace(/\s+#[^"]*$/, ''));
  }
  return statements;
}

function indentOf(line: string): number {
  let columns = 0;
  for (const character of line) {
    if (character === '\t') columns = (columns & ~7) + 8;
    else if (character === ' ') columns++;
    else break;
  }
  return columns;
}

function unquoted(text: string): string {
  return text.trim().replace(/^"(.*)"$/, '$1');
}
