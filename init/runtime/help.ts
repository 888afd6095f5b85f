// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// What "--help" prints, and what follows a message about wrong usage.

const overview = `usage: tsrun [GLOBAL OPTION]... COMMAND [OPTION]... [OPERAND]...

An OCI runtime: makes containers from bundles (config.json and a root file system).

commands; "tsrun COMMAND --help" shows the options of one:
  create      make a container that waits to be started
  start       let a created container's program run
  run         create, start, wait for the end and delete
  exec        run a further process in a container
  state       print what a container is doing, as JSON
  list        print all containers of the root
  ps          print a container's processes
  kill        send a signal to a container's process
  delete      remove a container that has stopped
  pause       stop all processes of a container where they are
  resume      let them run again
  update      give a container other limits
  events      print use of resources and out-of-memory events as they come
  spec        write a config.json to begin with
  features    print what this program can do, as JSON
  checkpoint, restore   not supported

global options:
  --root DIR             folder of the containers' states; /run/tsrun, or $XDG_RUNTIME_DIR/tsrun for others than root
  --log FILE             append messages to this file; errors go to standard error too
  --log-format FORMAT    text (default) or json
  --debug                log more
  --cgroup-manager NAME  cgroupfs (default) or disabled; systemd is refused
  --systemd-cgroup       refused once a container is to be made: cgroups made by systemd are not supported
  --rootless WHEN        true, false or auto (default): do without cgroups that may not be had
  --criu PATH            ignored
  --version, -v          print the versions of tsrun, of the OCI runtime-spec and of the engine
  --help, -h             print this
`;

const createOptions = `
  --bundle, -b DIR       folder of the bundle; the current one by default
  --config, -f FILE      config.json of the bundle by default
  --console-socket PATH  socket that gets the terminal's master
  --pidfd-socket PATH    socket that gets a pidfd of the container's process
  --pid-file FILE        file that gets the pid
  --preserve-fds N       keep N descriptors from 3 on open
  --no-pivot             change the root without pivot_root, as an initial ramfs needs it
  --no-new-keyring       keep the caller's session keyring
  --cgroup-root DIR      mount point of the cgroup v2 hierarchy
`;

const commands: Readonly<Record<string, string>> = {
  create: `usage: tsrun create [OPTION]... ID

Makes a container from a bundle; its process waits for "tsrun start".
${createOptions}`,
  run: `usage: tsrun run [OPTION]... ID

Makes a container from a bundle, starts it, waits for its end and deletes it. Ends with its exit code.
${createOptions}  --detach, -d           leave as soon as it runs
  --keep                 do not delete it afterwards
  --no-subreaper         do not adopt the processes that the container's own one leaves behind
`,
  start: `usage: tsrun start ID

Lets the program of a created container run.
`,
  exec: `usage: tsrun exec [OPTION]... ID PROGRAM [ARGUMENT]...
       tsrun exec [OPTION]... --process FILE ID

Runs a further process in a container and ends with its exit code; 255 when it could not be run.

  --process, -p FILE     all of the process as JSON, of the shape of config.json's process
  --tty, -t              give it a terminal
  --cwd DIR              its working directory
  --env, -e NAME=VALUE   add to its environment; may be repeated
  --user, -u UID[:GID]   its user and group
  --additional-gids, -g GID  add a group; may be repeated
  --cap, -c NAME         add a capability; may be repeated
  --no-new-privs         let it gain no privileges
  --apparmor PROFILE     its AppArmor profile
  --process-label LABEL  its SELinux label
  --cgroup PATH          a cgroup below the container's; with v1 CONTROLLER[,CONTROLLER]...:PATH, may be repeated
  --ignore-paused        in a paused container too
  --detach, -d           leave as soon as it runs
  --pid-file FILE        file that gets the pid
  --console-socket PATH  socket that gets the terminal's master
  --pidfd-socket PATH    socket that gets a pidfd of the process
  --preserve-fds N       keep N descriptors from 3 on open
`,
  state: `usage: tsrun state ID

Prints what a container is doing, as JSON.
`,
  list: `usage: tsrun list [OPTION]...

Prints all containers of the root.

  --format, -f FORMAT    table (default) or json
  --quiet, -q            ids only
`,
  ps: `usage: tsrun ps [OPTION]... ID [OPTION OF ps(1)]...

Prints a container's processes by the host's pids, like "ps -ef". Other options of ps(1) are for the host's.

  --format, -f FORMAT    table (default) or json
`,
  kill: `usage: tsrun kill [OPTION]... ID [SIGNAL]

Sends a signal, SIGTERM unless named, to a container's process. SIGNAL is a name with or without SIG, or a number.

  --all, -a              to all processes of the container
`,
  delete: `usage: tsrun delete [OPTION]... ID

Removes a container that has stopped or was never started, and all it had.

  --force, -f            kill it first, whatever it is doing; a container that does not exist is no error
  --regex, -r            ID is a regular expression: all whose ids match
`,
  pause: `usage: tsrun pause ID

Stops all processes of a container where they are.
`,
  resume: `usage: tsrun resume ID

Lets the processes of a paused container run again.
`,
  update: `usage: tsrun update [OPTION]... ID

Gives a container other limits. Sizes are bytes or have a unit ("512m"); -1 is no limit.

  --resources, -r FILE   limits as JSON, of the shape of config.json's linux.resources; "-" is standard input
  --memory SIZE          --memory-reservation SIZE   --memory-swap SIZE (memory and swap together)
  --cpu-share N          --cpu-quota US   --cpu-period US   --cpu-burst US   --cpu-idle 0|1
  --cpu-rt-runtime US    --cpu-rt-period US
  --cpuset-cpus LIST     --cpuset-mems LIST
  --pids-limit N         --blkio-weight N
  --kernel-memory SIZE   --kernel-memory-tcp SIZE   ignored
  --l3-cache-schema TEXT --mem-bw-schema TEXT   refused
`,
  events: `usage: tsrun events [OPTION]... ID

Prints a line of JSON with the use of resources again and again, and one when the container is out of memory.

  --interval TIME        between two lines, as "500ms", "5s" (default), "1m"
  --stats                print the use once and end
`,
  spec: `usage: tsrun spec [OPTION]...

Writes a config.json to begin with.

  --bundle, -b DIR       into this folder; the current one by default
  --rootless             for a user who is not root
`,
  features: `usage: tsrun features

Prints what this program can do, as JSON (OCI runtime-spec, features.md).
`,
};

/** The text for one command, or for all of them. */
export function helpOf(command: string | undefined): string {
  return (command !== undefined && Object.hasOwn(commands, command) ? commands[command] : undefined) ?? overview;
}
