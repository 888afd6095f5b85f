#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: tskit contributors
#
# What happens in the guest of the chaos test, in order: director.sh KILLS SEED. It sees the host's processes, /var and /tmp, and
# has tsctl. Everything it says goes to the console, each line after "chaos: ".
exec >/dev/console 2>&1

resident() { grep VmRSS /proc/1/status | tr -dc 0-9; }

# Those that are zombies now and a while later.
zombies() {
	grep -l '^State:.*Z' /proc/[0-9]*/status 2>/dev/null | sort >/tmp/before
	sleep 1
	grep -l '^State:.*Z' /proc/[0-9]*/status 2>/dev/null | sort | comm /tmp/before | wc -l
}

comm() { while read -r line; do grep -x "$line" "$1"; done; }

bombs() { grep -l 'bom[b]' /proc/[0-9]*/cmdline 2>/dev/null | wc -l; }

running() { tsctl --json ps | tr '{' '\n' | grep '"name":"victim' | grep -c '"state":"running"'; }

kills=$1 seed=$2
sleep 2
before=$(resident)

# All troubles at once.
touch /tmp/trouble
for service in hog bomb flood; do tsctl start $service; done
sleep 1
echo "chaos: processes of the bomb: $(bombs)"
trouble fill /host/var/log/filler
trouble orphans $((kills / 3 + 10))
trouble clock 30 &
clock=$!
killer $((kills / 3)) "$seed"
wait $clock
rm /host/var/log/filler
# The others go on longer than a bomb and a hog let them.
for service in hog bomb; do tsctl stop $service; done
echo "chaos: processes of the bomb after its stop: $(bombs)"
killer $((kills - kills / 3)) "$((seed + 1))"
tsctl stop flood

echo "chaos: running victims: $(running)"
echo "chaos: zombies: $(zombies)"
echo "chaos: KiB of PID 1: $(resident)"
echo "chaos: KiB that PID 1 grew by: $(($(resident) - before))"
echo "chaos: KiB of logs: $(du -s /host/var/log | cut -f 1)"
tsctl start late
sleep 1
echo "chaos: after /var was full $(tsctl logs late)"
echo "chaos: end"
exec sleep 100000
