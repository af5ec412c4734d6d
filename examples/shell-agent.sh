#!/usr/bin/env bash
#
# An agent in a shell, with curl and jq alone: makes a taskspace and a plan, claims each task that is ready, keeps the
# claim alive while it works, completes it, says so in the log, and reads what another one answers.
#
# Usage:   npm run prod                   (in another terminal)
#          examples/shell-agent.sh        (TASKSPACE_URL for another server, TASKSPACE_TOKEN if it wants one)
# Output:  a line for each step.
# Exit:    0 the plan is done; 1 the server refuses or is not there; 2 wrong usage; 69 curl or jq is missing.
#
# Every POST carries an Idempotency-Key, so that curl may repeat it: what was done is not done again.
set -euo pipefail

usage="Usage: examples/shell-agent.sh (no arguments; TASKSPACE_URL, TASKSPACE_TOKEN, AGENT in the environment)"
case "${1:-}" in
  '') [ $# -eq 0 ] || { echo "There is no \"\" here. $usage" >&2; exit 2; } ;;
  -h | --help) echo "$usage"; exit 0 ;;
  *) echo "There is no $1 here. $usage" >&2; exit 2 ;;
esac

url="${TASKSPACE_URL:-http://127.0.0.1:7770}/api/taskspaces"
agent="${AGENT:-shell-$$}"
headers=(-H "X-Actor: $agent")
if [ -n "${TASKSPACE_TOKEN:-}" ]; then headers+=(-H "Authorization: Bearer $TASKSPACE_TOKEN"); fi

for tool in curl jq; do
  if ! command -v "$tool" >/dev/null; then
    echo "$tool is missing: apt install $tool, brew install $tool, or https://jqlang.org" >&2
    exit 69
  fi
done

if ! curl -s -o /dev/null --max-time 5 "${url%/api/taskspaces}/health"; then
  echo "There is no server at ${url%/api/taskspaces}: start one with \`npm run prod\`, or set TASKSPACE_URL" >&2
  exit 1
fi

say() { printf '%s  %s\n' "$agent" "$*"; }

answer=$(mktemp)
beats=
trap '[ -z "$beats" ] || kill "$beats" 2>/dev/null || true; rm -f "$answer"*' EXIT

# call <method> <path> [<json>]: prints the body of a 2xx; anything else is told on stderr and ends the script.
call() {
  local method=$1 path=$2 body=${3:-} file="$answer.$BASHPID" status
  # Into a file: what curl prints of an attempt that it repeats could not be taken back.
  local options=(-sS -X "$method" "${headers[@]}" -o "$file" -w '%{http_code}' --retry 5 --retry-connrefused --max-time 90)
  if [ "$method" = POST ]; then options+=(-H "Idempotency-Key: $agent-$RANDOM$RANDOM-$(date +%s%N)"); fi
  if [ -n "$body" ]; then options+=(-H 'Content-Type: application/json' --data-binary "$body"); fi
  status=$(curl "${options[@]}" "$url$path") || { echo "No answer from $url$path" >&2; return 1; }
  if [[ $status != 2* ]]; then
    echo "$method $path: $(jq -r '"\(.code): \(.detail)"' "$file" 2>/dev/null || echo "HTTP $status")" >&2
    return 1
  fi
  cat "$file"
}

# Keeps a claim alive: a heartbeat at a third of the lease, until it is killed or the claim is lost.
keep_alive() {
  local path=$1 token=$2 seconds=$3
  while sleep $((seconds / 3)); do
    call POST "$path/heartbeat" "$(jq -n --arg token "$token" '{$token}')" >/dev/null || exit 1
  done
}

# The work itself. Its output is the task's result.
work() {
  sleep "$(jq -r '.metadata.seconds // 1' <<<"$1")"
  printf 'done with %s' "$(jq -r .name <<<"$1")"
}

space=$(call POST '' '{"name": "From a shell", "tags": ["example"]}')
id=$(jq -r .id <<<"$space")
say "made $id"

call PUT "/$id/plan" '{
  "goal": "Show that a shell is enough",
  "tasks": [
    {"id": "look", "name": "Look around"},
    {"id": "try", "name": "Try it", "dependencies": ["look"], "metadata": {"seconds": 4}},
    {"id": "tell", "name": "Tell the others", "dependencies": ["try"]}
  ]}' >/dev/null

lease=6
wanted=$(jq -n --arg agent "$agent" --argjson leaseSeconds $lease '{$agent, $leaseSeconds, wait: 1}')
while true; do
  claim=$(call POST "/$id/plan/claim" "$wanted")
  if [ -z "$claim" ]; then break; fi # 204: nothing became ready
  task=$(jq .task <<<"$claim")
  token=$(jq -r .lease.token <<<"$claim")
  path="/$id/plan/tasks/$(jq -r .id <<<"$task")"
  say "claimed $(jq -r .name <<<"$task")"

  keep_alive "$path" "$token" $lease &
  beats=$!
  result=$(work "$task")
  kill "$beats" 2>/dev/null || true
  wait "$beats" 2>/dev/null || true
  beats=

  call POST "$path/complete" "$(jq -n --arg token "$token" --arg text "$result" '{$token, result: {$text}}')" >/dev/null
  call POST "/$id/messages" "$(jq -n --arg content "$result" '{role: "assistant", $content}')" >/dev/null
  say "$result"
done

# Somebody answers in a moment; meanwhile this waits, without asking twice.
last=$(call GET "/$id/messages?order=desc&limit=1" | jq .lastSeq)
(sleep 1; call POST "/$id/messages" '{"content": "Well done.", "from": "reviewer"}' >/dev/null) &
call GET "/$id/messages?after=$last&wait=30" | jq -r '.items[] | "\(.from)  \(.content)"'
wait

call GET "/$id/plan" | jq -r '.progress | "\(.percent) % done: \(.completed) of \(.total) tasks"'
