// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

/**
 * A kernel's configuration (`.config`, /boot/config-*, /proc/config.gz unpacked): option, with its prefix `CONFIG_`, to value as
 * the file has it: `y`, `m`, `n` for what "is not set", a number, or a string with its quotes. What is not in it is as good as `n`.
 */
export type KernelConfig = ReadonlyMap<string, string>;

/** One line of a configuration that sets an option. */
export interface ConfigLine {
  readonly option: string;
  readonly value: string;
}

/**
 * What one line sets; undefined for comments and empty lines, null for what is neither. Kconfig writes `# CONFIG_X is not set`, and
 * reads `CONFIG_X=n` as the same.
 */
export function parseConfigLine(line: string): ConfigLine | undefined | null {
  const text = line.trim();
  const [, unset] = /^# (CONFIG_\w+) is not set$/.exec(text) ?? [];
  if (unset !== undefined) return { option: unset, value: 'n' };
  if (text === '' || text.startsWith('#')) return undefined;
  const [, option, value] = /^(CONFIG_\w+)=(y|m|n|-?\d+|0[xX][0-9a-fA-F]+|"(?:[^"\\]|\\.)*")$/.exec(text) ?? [];
  return option === undefined || value === undefined ? null : { option, value };
}

/** Reads a whole configuration. As Kconfig does, it takes the last of several lines about one option, and no notice of what is no such line. */
export function parseKernelConfig(text: string): KernelConfig {
  const config = new Map<string, string>();
  for (const line of text.split('\n')) {
    const parsed = parseConfigLine(line);
    if (parsed !== undefined && parsed !== null) config.set(parsed.option, parsed.value);
  }
  return config;
}

/** The value of an option, `n` when the configuration does not have it. */
export function configValue(config: KernelConfig, option: string): string {
  return config.get(option) ?? 'n';
}

/** Whether an option is built in or a module. */
export function isEnabled(config: KernelConfig, option: string): boolean {
  const value = configValue(config, option);
  return value === 'y' || value === 'm';
}
