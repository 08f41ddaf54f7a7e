/**
 * What runs on a host, as root, in one shell script that comes in by SSH each time: nothing of ours has to be installed
 * there first, and the script is always of this version.
 *
 * A change of rules is a trial: rules that cut off whoever brought them are undone by the host itself. The names of files
 * in the trial's folder are its state, and renaming decides who wins, the confirmation or the end of the trial. Every
 * action may be repeated, because a connection may break after the host has done its part.
 *
 *     try       checks the rules, arms the way back, loads them
 *     confirm   ends the trial well: they are kept, and loaded at boot
 *     before    prints what was there before casemate, as rules
 *     forget    ends the trial of those, and leaves nothing of ours behind
 *     read      prints what is in force, what ought to be, and whether the file for the boot is as it was applied
 */
import { bootFile, firstBootFile, stateFolder, unitFile, unitName, unitText } from './boot';

export type Action = 'try' | 'confirm' | 'before' | 'forget' | 'read';

const endOfRules = 'end-of-rules-of-casemate';

/** What `confirm` and `forget` say where the trial never began, or is over. */
export const noTrial = 'there is no such trial';

/** What ends the output of `read`'s parts; no line of a rule set is like it. */
export const divider = '--- casemate ---';

/** The program for `sh -s -- ACTION TRIAL SECONDS`. @throws Error where the rules contain the line that ends them */
export function remoteScript(ruleset: string): string {
  if (ruleset.split('\n').includes(endOfRules)) throw new Error(`the rule set has a line "${endOfRules}"`);
  return `set -eu
umask 077
PATH=/usr/sbin:/usr/bin:/sbin:/bin
action=$1 trial=$2 seconds=$3
state=${stateFolder}

rules() {
	cat <<'${endOfRules}'
${ruleset.replace(/\n$/, '')}
${endOfRules}
}

unit() {
	cat <<'${endOfRules}'
${unitText.replace(/\n$/, '')}
${endOfRules}
}

# One action at a time; what outlives it must not hold the lock.
locked() {
	exec 9>/run/casemate-firewall.lock
	flock -w 20 9 || fail 'another action does not end'
}

fail() {
	echo "casemate: $*" >&2
	exit 1
}

has_systemd() {
	[ -d /run/systemd/system ]
}

# Rules that put back the table as it is now.
now() {
	echo 'table inet casemate'
	echo 'delete table inet casemate'
	if nft list tables | grep -qx 'table inet casemate'; then nft list table inet casemate; fi
}

# Its trial is given by name: the timer of an earlier one, which was proven, may still be running.
write_way_back() {
	cat >"$state/trial/undo" <<'EOF'
cd ${stateFolder}/trial && mv "armed-$1" undoing 2>/dev/null || exit 0
nft -f before.nft && rm -rf ${stateFolder}/trial
EOF
}

arm() {
	: >"$state/trial/armed-$trial"
	if has_systemd; then
		systemd-run --quiet --collect --unit="casemate-undo-$trial" --on-active="$seconds" --timer-property=AccuracySec=1s /bin/sh "$state/trial/undo" "$trial"
	else
		setsid sh -c 'sleep "$1"; exec sh "$2" "$3"' sh "$seconds" "$state/trial/undo" "$trial" </dev/null >/dev/null 2>&1 9>&- &
	fi
}

put() { # FILE, from stdin: whole or not at all
	mkdir -p "\${1%/*}"
	cat >"$1.new"
	chmod 0600 "$1.new"
	mv "$1.new" "$1"
}

try() {
	mkdir -p "$state"
	boot=$(cat /proc/sys/kernel/random/boot_id)
	# A restart ended the trial, and the rules of before were loaded again; or it was proven, and then left alone.
	if [ "$(cat "$state/trial/boot" 2>/dev/null)" != "$boot" ] || ls "$state/trial" | grep -q '^proven-'; then rm -rf "$state/trial"; fi
	mkdir "$state/trial" 2>/dev/null || fail 'another change of the rules is being tried on this host; wait until it ends by itself'
	echo "$boot" >"$state/trial/boot"
	trap 'rm -rf "$state/trial"' EXIT
	rules >"$state/trial/next.nft"
	nft -c -f "$state/trial/next.nft" || fail 'this host cannot load the rules (nftables 1.0 and Linux 5.10 or newer are expected)'
	now >"$state/trial/before.nft"
	nft -c -f "$state/trial/before.nft" || fail 'the rules that are there now could not be put back; save and remove them first: nft list table inet casemate'
	write_way_back
	arm || fail 'the way back could not be armed; nothing was changed'
	nft -f "$state/trial/next.nft"
	trap - EXIT
}

disarm() {
	mv "$state/trial/armed-$trial" "$state/trial/proven-$trial" 2>/dev/null || [ -e "$state/trial/proven-$trial" ] || fail '${noTrial}'
}

disarmed() {
	rm -rf "$state/trial"
	if has_systemd; then systemctl stop "casemate-undo-$trial.timer" 2>/dev/null || true; fi
}

confirm() {
	if [ "$(cat "$state/confirmed" 2>/dev/null)" = "$trial" ]; then return; fi
	disarm
	if [ ! -d "$state/original" ]; then
		mkdir -p "$state/original.new"
		if [ ! -e ${firstBootFile} ]; then
			cp "$state/trial/before.nft" "$state/original.new/table.nft"
			if [ -e ${bootFile} ]; then cp ${bootFile} "$state/original.new/boot.nft"; fi
		fi
		mv "$state/original.new" "$state/original"
	fi
	put ${bootFile} <"$state/trial/next.nft"
	unit | put ${unitFile}
	if has_systemd; then systemctl daemon-reload && systemctl --quiet enable ${unitName}; fi
	echo "$trial" >"$state/confirmed"
	disarmed
}

before() {
	cat "$state/original/table.nft" 2>/dev/null || printf '%s\\n' 'table inet casemate' 'delete table inet casemate'
}

forget() {
	if [ ! -d "$state" ]; then return; fi
	disarm
	if [ -e "$state/original/boot.nft" ]; then
		put ${bootFile} <"$state/original/boot.nft"
	else
		rm -f ${bootFile}
		if has_systemd; then systemctl --quiet disable ${unitName} || true; fi
		rm -f ${unitFile}
		if has_systemd; then systemctl daemon-reload; fi
	fi
	disarmed
	rm -rf "$state"
}

# What ought to be is spelled by the same nft, in an empty network of its own.
read_back() {
	if nft list tables | grep -qx 'table inet casemate'; then nft -s list table inet casemate; fi
	echo '${divider}'
	rules | unshare --net sh -c 'nft -f - && nft -s list table inet casemate'
	echo '${divider}'
	if rules | cmp -s - ${bootFile}; then echo same; else echo different; fi
}

case $action in
try) locked && try ;;
confirm) locked && confirm ;;
before) before ;;
forget) locked && forget ;;
read) read_back ;;
*) fail "unknown action $action" ;;
esac
`;
}
