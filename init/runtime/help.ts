// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// What "--help" prints, and what follows a message about wrong usage.

const overview = `usage: tsrun [GLOBAL OPTION]... COMMAND [OPTION]... [OPERAND]...

commands; "tsrun help COMMAND" shows the options of one:
  create ID              make a container that waits to be started
  start ID               let a created container's program run
  run ID                 create, start, wait and delete
  state ID               print what a container is doing, as JSON
  list                   print all containers of the root
  kill ID [SIGNAL]       send a signal to a container's process
  delete ID              remove a container that has stopped

global options:
  --root DIR             folder of the containers' states (/run/tsrun)
  --log FILE             append messages to a file as well
  --log-format FORMAT    text or json
  --debug                log more
  --cgroup-manager NAME  cgroupfs or disabled
  --systemd-cgroup       refused once a container is to be made: systemd's cgroups are not supported
  --rootless WHEN        true, false or auto: do without cgroups that may not be had
  --version, -v          print the versions of tsrun, of the OCI runtime-spec and of the engine
  --help, -h             print this
`;

const commands: Readonly<Record<string, string>> = {};

/** The text for one command, or for all of them. */
export function helpOf(command: string | undefined): string {
  return (command === undefined ? undefined : commands[command]) ?? overview;
}
