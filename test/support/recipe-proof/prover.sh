#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: tskit contributors
#
# Runs jobs one after the other and prints "proof NAME: OUTCOME" for each. /proofs/NAME/ has `section`, `seconds` that a round of shell
# lines may take, and those lines: `before`, `done`, and of a run without a capability `said`, a pattern, or `seen`. Outcomes:
# "works"; "fails", in the way that was asked for; "fails otherwise"; "undecided" after four times the seconds.

# Sets `state` and `code`.
look() {
	details=$(tsctl inspect "$JOB")
	state=$(echo "$details" | sed -n 's/^  "state": "\(.*\)".*/\1/p')
	code=$(echo "$details" | sed -n 's/^  "\(exitCode\|signal\|error\)": \(.*[^,]\),*$/\2/p' | head -n 1)
}

# Runs the shell lines of file $1, when there is one. What they say is kept for when they were expected to succeed.
lines() {
	[ ! -e "$folder/$1" ] || timeout "$seconds" sh -e "$folder/$1" >"/tmp/$1" 2>&1
}

is_lost() {
	if [ -e "$folder/said" ]; then
		tsctl logs "$JOB" | grep -qE -f "$folder/said"
	else
		[ -e "$folder/seen" ] && lines seen
	fi
}

is_over() {
	[ "$state" != running ] && [ "$state" != waiting ]
}

# An onboot entry has to end before its job is looked at; a service may do it at any time.
outcome() {
	while [ "$(cut -d. -f1 /proc/uptime)" -lt "$deadline" ]; do
		look
		case $section in
		onboot) if is_over && [ "$code" = 0 ] && lines "done"; then echo works && return; fi ;;
		*) if [ "$state" = running ] && lines "done"; then echo works && return; fi ;;
		esac
		if is_lost; then echo fails && return; fi
		if is_over; then echo fails otherwise && return; fi
		sleep 0.2
	done
	echo undecided
}

export JOB
while read -r JOB; do
	folder=/proofs/$JOB
	read -r section <"$folder/section"
	read -r seconds <"$folder/seconds"
	rm -f /tmp/done /tmp/seen
	lines before || echo "before $JOB: $(cat /tmp/before)"
	tsctl start "$JOB"
	deadline=$(($(cut -d. -f1 /proc/uptime) + 4 * seconds))
	result=$(outcome)
	look
	echo "proof $JOB: $result"
	case $result in
	works | fails) ;;
	*) echo "$JOB is $state, $code; done says: $(cat /tmp/done 2>&1)" ;;
	esac
	tsctl stop "$JOB" 2>/dev/null
done </proofs/order
echo proofs are over
