#!/usr/bin/env bash
# What has become of job $1: prints running, success or failed. For Grid Engine.
set -euo pipefail

# Known to qstat: waits or runs. Known to neither: its record is still being written, or the scheduler doesn't answer;
# or it is lost, which is said of a job without a record for ten minutes in which qstat answers.
if qstat -j "$1" >/dev/null 2>&1 || { ! record=$(qacct -j "$1" 2>/dev/null) && ! qstat >/dev/null 2>&1; }; then
    echo running
elif [[ -n $record ]]; then
    # A job that was requeued has several records, the last of which counts.
    awk '/^failed / {failed = $2} /^exit_status / {status = $2}
         END {print failed == 0 && status == 0 ? "success" : "failed"}' <<<"$record"
else
    unknown=.snakemake/cluster_logs/$1.unknown
    [[ -e $unknown ]] || touch "$unknown"
    [[ -z $(find "$unknown" -mmin +10) ]] && echo running || echo failed
fi
