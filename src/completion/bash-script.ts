// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { type Command, commonOptions } from '../commands/command.ts';
import { shellQuote } from '../shell-quote.ts';
import { argumentCompletions, type Completion, completionOf } from './value-words.ts';

/** Words that main.ts takes beside the commands. */
const otherWords = ['help', 'version'];

/** A script for bash, made from the commands' own tables: what they take is completed without being told here. */
export function bashCompletion(commands: readonly Command[]): string {
  const names = [...commands.map(({ name }) => name), ...otherWords];
  return `# bash completion of tskit; made by \`tskit completion bash\`.
_tskit() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} command= action= place=0 expects= glue=
  local -a words=()
  COMPREPLY=()
  # "=" and ":" are words of their own to bash.
  if [[ $cur == = ]]; then cur=
  elif [[ $prev == = ]]; then prev=\${COMP_WORDS[COMP_CWORD-2]}
  elif [[ $cur == : ]]; then cur=$prev:
  elif [[ $prev == : ]]; then cur=\${COMP_WORDS[COMP_CWORD-2]}:$cur
  fi
  local i word before=
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    case $command:$before in
${valueOptions(commands)}
    esac
    if [[ $word == = ]]; then continue; fi
    if [[ $word == : ]]; then glue=1; continue; fi
    if [[ $glue ]]; then glue=
    elif [[ $expects ]]; then expects=
    elif [[ $word == -* ]]; then :
    elif [[ ! $command ]]; then command=$word
    else
      [[ $action ]] || action=$word
      ((place++))
    fi
    before=$word
  done
  if [[ ! $command ]]; then
    words=(${names.map(shellQuote).join(' ')})
    _tskit_words
    return
  fi
  if [[ $command == help ]]; then
    words=(${commands.map(({ name }) => shellQuote(name)).join(' ')})
    _tskit_words
    return
  fi
  case $command:$prev in
${commands.flatMap(optionCases).join('\n')}
  esac
  if [[ $cur == -* ]]; then
    case $command in
${commands.map(flagCase).join('\n')}
    esac
    _tskit_words
    return
  fi
  case $command:$place in
${commands.flatMap(argumentCases).join('\n')}
  esac
}
_tskit_words() {
  local prefix= word
  # The rest of a list that is separated by commas.
  [[ $cur == *,* ]] && prefix=\${cur%,*},
  for word in "\${words[@]}"; do
    [[ $prefix$word == "$cur"* ]] || continue
    # bash replaces what follows the last ":" only.
    if [[ $cur == *:* ]]; then COMPREPLY+=("\${word#"\${cur%:*}:"}"); else COMPREPLY+=("$prefix$word"); fi
  done
}
_tskit_files() {
  compopt -o filenames 2>/dev/null
  local file
  while IFS= read -r file; do
    [[ ! $1 || -d $file || $file == $1 ]] && COMPREPLY+=("$file")
  done < <(compgen -f -- "$cur")
}
_tskit_folders() {
  compopt -o filenames 2>/dev/null
  local file
  while IFS= read -r file; do COMPREPLY+=("$file"); done < <(compgen -d -- "$cur")
}
_tskit_recipes() {
  [[ $cur == pkg:* ]] && words=("\${words[@]/#/pkg:}")
  _tskit_words
  [[ $cur == pkg:* ]] || _tskit_files '?(*/)@(recipe.yml|build.yml|Dockerfile)'
}
_tskit_builds() {
  local file
  while IFS= read -r file; do
    [[ $file == *-kernel ]] && COMPREPLY+=("\${file%-kernel}")
  done < <(compgen -f -- "$cur")
  _tskit_folders
}
complete -F _tskit tskit`;
}

/** What a command takes before its name: options with a value, so that the value is not taken for an argument. */
function valueOptions(commands: readonly Command[]): string {
  const patterns = commands.flatMap((command) =>
    optionsOf(command)
      .filter(([, option]) => option.value !== undefined && option.omitted === undefined)
      .flatMap(([name, option]) => spellings(name, option.short).map((spelling) => `${command.name}:${spelling}`)),
  );
  return `      ${patterns.join('|')}) expects=1 ;;`;
}

function optionsOf(command: Command): readonly (readonly [string, Command['options'][string]])[] {
  return Object.entries({ ...command.options, ...commonOptions });
}

function spellings(name: string, short: string | undefined): readonly string[] {
  return short === undefined ? [`--${name}`] : [`--${name}`, `-${short}`];
}

function optionCases(command: Command): readonly string[] {
  return optionsOf(command).flatMap(([name, { value, short, omitted }]) => {
    if (value === undefined || omitted !== undefined) return [];
    const pattern = spellings(name, short)
      .map((spelling) => `${command.name}:${spelling}`)
      .join('|');
    return [`    ${pattern}) ${actions(completionOf(value))}; return ;;`];
  });
}

function flagCase(command: Command): string {
  const flags = optionsOf(command).flatMap(([name, { short }]) => spellings(name, short));
  return `      ${command.name}) words=(${flags.join(' ')}) ;;`;
}

/** The last place stands for all that follow, since that is what "..." is written after. */
function argumentCases(command: Command): readonly string[] {
  const places = argumentCompletions(command.arguments);
  if (command.actionArguments !== undefined) {
    const [first = []] = places;
    return [
      `    ${command.name}:0) ${first.map(actions).join('; ')} ;;`,
      `    ${command.name}:*)`,
      `      case $action:$place in`,
      ...Object.entries(command.actionArguments).flatMap(([action, usage]) =>
        // The action itself is at place 0.
        placeCases(action, argumentCompletions(usage), 1).map((line) => `    ${line}`),
      ),
      '      esac ;;',
    ];
  }
  return placeCases(command.name, places, 0);
}

function placeCases(name: string, places: readonly (readonly Completion[])[], first: number): readonly string[] {
  return places.map((completions, place) => {
    const pattern = place === places.length - 1 ? '*' : String(place + first);
    return `    ${name}:${pattern}) ${completions.map(actions).join('; ')} ;;`;
  });
}

function actions(completion: Completion): string {
  switch (completion.kind) {
    case 'words':
      return `words=(${completion.words.map(shellQuote).join(' ')}); _tskit_words`;
    case 'recipes':
      return `words=(${completion.words.map(shellQuote).join(' ')}); _tskit_recipes`;
    case 'files':
      return "_tskit_files ''";
    case 'folders':
      return '_tskit_folders';
    case 'specs':
      return "_tskit_files '*.@(yml|yaml|ts|mts|js|mjs)'";
    case 'builds':
      return '_tskit_builds';
    default:
      return ':';
  }
}
