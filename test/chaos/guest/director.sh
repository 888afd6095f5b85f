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

# Programs in a victim with this word, which is not said of the client that asked for one.
inside() {
	# shellcheck disable=SC2046 # one word each
	grep -l "$1" $(grep -l '^/troubl[e]' /proc/[0-9]*/cmdline) /dev/null 2>/dev/null | wc -l
}

is_running() { tsctl --json ps | tr '{' '\n' | grep "\"name\":\"$1\"" | grep -q '"state":"running"'; }

die_with() {
	tsctl exec "$1" /trouble deaf &
	while [ "$(inside deaf)" = 0 ]; do usleep 50000; done
	tsctl kill "$1"
	wait $!
	echo $?
}

running() { tsctl --json ps | tr '{' '\n' | grep '"name":"victim' | grep -c '"state":"running"'; }

kills=$1 seed=$2 victims=$3
sleep 2
before=$(resident)

# All troubles at once.
touch /tmp/trouble /tmp/asking
for service in hog bomb flood; do tsctl start $service; done
sleep 1
echo "chaos: processes of the bomb: $(bombs)"
trouble fill /host/var/log/filler
trouble orphans $((kills / 3 + 10))
trouble clock 30 &
clock=$!
asker /tmp/asking "$victims" "$seed" &
asker=$!
killer $((kills / 3)) "$seed"
wait $clock
rm /host/var/log/filler
# The others go on longer than a bomb and a hog let them.
for service in hog bomb; do tsctl stop $service; done
echo "chaos: processes of the bomb after its stop: $(bombs)"
killer $((kills - kills / 3)) "$((seed + 1))"
rm /tmp/asking
wait $asker
echo "chaos: programs left over: $(inside linger)"
while is_running flood; do sleep 1; done
for victim in victim-0 victim-$((victims - 1)); do
	echo "chaos: exit code of a program whose $victim was killed: $(die_with $victim)"
done

# The last of them was killed just now: it has a moment to come back, and nobody more than that.
for _ in 1 2 3 4 5 6 7 8 9 10; do
	[ "$(running)" = "$victims" ] && break
	sleep 1
done
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
