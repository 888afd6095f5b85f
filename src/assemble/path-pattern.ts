// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

/** Whether a path has anything in it that stands for something else. */
export function isPattern(path: string): boolean {
  return /[*?[]/.test(path);
}

/** The same of a pattern: a wildcard behind a backslash is none. */
export function hasWildcard(pattern: string): boolean {
  return isPattern(pattern.replaceAll(/\\[^]/g, ''));
}

/** A path as a pattern that means nothing but it. */
export function literalPath(path: string): string {
  return path.replaceAll(/[*?[\\]/g, String.raw`\$&`);
}

/** The path that a pattern without wildcards means. */
export function plainPath(pattern: string): string {
  return pattern.replaceAll(/\\([^])/g, '$1');
}

/**
 * A test for one component of a path: `*` is any text, `?` any character, `[a-z]` and `[!a-z]` one of a set; a backslash takes
 * the meaning from what follows. Names that start with a dot are no exception.
 */
export function componentPattern(pattern: string): RegExp {
  return new RegExp(`^${componentSource(pattern).source}$`, 'su');
}

/**
 * Between two stars the first place that fits is as good as any later one, so the search never comes back to it (a lookahead
 * is atomic): a pattern with many stars takes no longer than one. `first` is the number of the first group.
 */
function componentSource(pattern: string, first = 1): { readonly source: string; readonly groups: number } {
  const [start = '', ...pieces] = piecesBetweenStars(pattern);
  const last = pieces.pop();
  if (last === undefined) return { source: start, groups: 0 };
  const middle = pieces.map((piece, index) => `(?=([^/]*?${piece}))\\${first + index}`);
  return { source: `${start}${middle.join('')}[^/]*${last}`, groups: pieces.length };
}

/** What stands before, between and behind runs of stars, each as the source of a RegExp without a choice. */
function piecesBetweenStars(pattern: string): readonly string[] {
  const pieces = [''];
  for (const [token, escaped, not, set] of pattern.matchAll(/\\([^])|\*+|\?|\[([!^]?)(\]?[^\]]*)\]|[^]/gu)) {
    const end = pieces.length - 1;
    if (token.startsWith('*')) pieces.push('');
    else pieces[end] += escaped === undefined ? tokenSource(token, not, set) : literal(escaped);
  }
  return pieces;
}

function tokenSource(token: string, not: string | undefined, set: string | undefined): string {
  if (token === '?') return '[^/]';
  return set === undefined || set === '' ? literal(token) : `(?:(?!/)[${not === '' ? '' : '^'}${setSource(set)}])`;
}

function literal(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`);
}

function inSet(text: string): string {
  return text.replaceAll(/[\\^\]-]/g, String.raw`\$&`);
}

/** Ranges stay, and one that runs backwards is nothing; everything else that a set of RegExp would obey is taken as it is. */
function setSource(set: string): string {
  return set.replaceAll(/\\?([^])(?:-\\?([^]))?/gu, (_, from: string, to = from) =>
    from > to ? '' : from === to ? inSet(from) : `${inSet(from)}-${inSet(to)}`,
  );
}

/**
 * What a list of patterns leaves out, in gitignore's way (gitignore(5), PATTERN FORMAT): a pattern without a slash but at
 * its end matches at every level, one with a slash from the top, `**` crosses levels, a slash at the end asks for a folder, `!` takes
 * what an earlier pattern left out in again. The last pattern that matches counts.
 */
export function exclusion(patterns: readonly string[]): (path: string, isFolder: boolean) => boolean {
  const rules = patterns.map((pattern) => {
    const inverted = pattern.startsWith('!');
    const body = inverted ? pattern.slice(1) : pattern;
    const bare = body.replace(/\/+$/, '');
    return { inverted, folders: bare !== body, test: pathPattern(bare) };
  });
  return (path, isFolder) => {
    const rule = rules.findLast(({ folders, test }) => (isFolder || !folders) && test.test(path));
    return rule !== undefined && !rule.inverted;
  };
}

function pathPattern(pattern: string): RegExp {
  const anchored = pattern.includes('/');
  const parts = pattern.replace(/^\/+/, '').split('/');
  let next = 1;
  const source = parts.map((part, index) => {
    const last = index === parts.length - 1;
    if (part === '**') return last ? '[^]+' : '(?:[^]+/)?';
    const component = componentSource(part, next);
    next += component.groups;
    return `${component.source}${last ? '' : '/'}`;
  });
  return new RegExp(`^${anchored ? '' : '(?:[^]*/)?'}${source.join('')}$`, 'su');
}
