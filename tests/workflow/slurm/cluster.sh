#!/usr/bin/env bash
# A real Slurm of virtual nodes on this one machine, for tests: a munged, a slurmctld and one slurmd a node.
#
#   tests/workflow/slurm/cluster.sh start [NODES [CPUS_PER_NODE]]  (3 nodes of 1 CPU; the CPUs may exceed the real ones)
#   tests/workflow/slurm/cluster.sh stop                           (also after a failed start; leaves nothing behind)
#
# Needs root and Debian's or Ubuntu's slurm-wlm and munge, built with multiple-slurmd support; no systemd.
# Everything lives in $STATE, but for the configuration: srun inside a job looks for it in /etc/slurm alone.
set -euo pipefail

PATH=$PATH:/usr/sbin  # where Debian has the daemons
STATE=/run/placement-slurm
CONF=/etc/slurm/slurm.conf
MARK="# written by tests/workflow/slurm/cluster.sh"

fail() {
    echo "cluster.sh: $1" >&2
    exit 1
}

ours() {
    [[ ! -e $CONF ]] || grep -qF "$MARK" "$CONF"
}

# wait_for SECONDS COMMAND...: until the command succeeds
wait_for() {
    local deadline=$((SECONDS + $1))
    shift
    until "$@"; do
        ((SECONDS < deadline)) || return 1
        sleep 0.2
    done
}

write_conf() {
    local nodes=$1 cpus=$2 host
    host=$(hostname -s)
    cat <<CONF
$MARK
ClusterName=placement-test
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=16817
SlurmUser=root
AuthType=auth/munge
# Not the machine's own munged, should there be one.
AuthInfo=socket=$STATE/munge.socket
StateSaveLocation=$STATE/state
SlurmdSpoolDir=$STATE/spool.%n
SlurmctldPidFile=$STATE/slurmctld.pid
SlurmdPidFile=$STATE/slurmd.%n.pid
SlurmctldLogFile=$STATE/slurmctld.log
SlurmdLogFile=$STATE/slurmd.%n.log
# No cgroups: they need systemd or rights that a container seldom has. Memory is polled each second instead.
ProctrackType=proctrack/pgid
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=task=1
JobAcctGatherParams=OverMemoryKill
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SlurmdParameters=config_overrides
# Finished jobs stay visible to squeue (there is no accounting), as many as the scale benchmark makes.
MinJobAge=3600
MaxJobCount=200000
# The end of a killed job shows within seconds, a lost node within half a minute: sooner, a busy machine's node is
# taken for lost, and its job queued again.
SlurmdTimeout=30
KillWait=2
# An srun whose node didn't answer yet, since slurmctld has just started, asks again for its step after so long.
SlurmctldTimeout=20
# A lost node serves again as soon as its slurmd is back.
ReturnToService=2
NodeName=node[1-$nodes] NodeHostname=$host NodeAddr=127.0.0.1 Port=[16821-$((16820 + nodes))] CPUs=$cpus RealMemory=$((cpus * 4000))
PartitionName=main Nodes=ALL Default=YES DefaultTime=10 MaxTime=INFINITE
CONF
}

all_idle() {
    [[ $(sinfo --noheader --states=idle --format=%D 2>/dev/null) == "$1" ]]
}

start() {
    local nodes=${1:-3} cpus=${2:-1}
    [[ $EUID == 0 ]] || fail "needs root"
    for program in munged slurmctld slurmd; do
        command -v $program >/dev/null || fail "no $program: apt-get install slurm-wlm munge"
    done
    ours || fail "$CONF belongs to another Slurm and is left alone"
    [[ ! -e $STATE ]] || fail "$STATE exists: already started? (stop removes it)"

    export PLACEMENT_SLURM=$STATE
    mkdir -p -m 755 $STATE /etc/slurm
    (umask 077 && head -c 1024 /dev/urandom >$STATE/munge.key)
    write_conf "$nodes" "$cpus" >$CONF
    munged --key-file=$STATE/munge.key --socket=$STATE/munge.socket --pid-file=$STATE/munged.pid \
        --log-file=$STATE/munged.log --seed-file=$STATE/munge.seed
    slurmctld
    for ((node = 1; node <= nodes; node++)); do
        slurmd -N node$node
    done
    wait_for 30 all_idle "$nodes" || fail "not all of the $nodes nodes came up: see $STATE/*.log"
}

queue_empty() {
    [[ -z $(squeue --noheader 2>/dev/null) ]]
}

# ours_alive: the IDs of all processes of this cluster: its daemons and their steps by the variable that start exports,
# its jobs by the one that Slurm sets (without cgroups a process can outlive its job). Zombies have no environment.
ours_alive() {
    { grep -lzE "^(PLACEMENT_SLURM=$STATE|SLURM_CLUSTER_NAME=placement-test)$" /proc/[0-9]*/environ 2>/dev/null || true; } |
        cut -d/ -f3
}

none_alive() {
    [[ -z $(ours_alive) ]]
}

stop() {
    ours || fail "$CONF belongs to another Slurm and is left alone"
    if [[ -e $STATE ]]; then
        if scontrol ping >/dev/null 2>&1; then
            squeue --noheader --format=%A | xargs --no-run-if-empty scancel
            wait_for 15 queue_empty || true
        fi
        ours_alive | xargs --no-run-if-empty kill 2>/dev/null || true
        if ! wait_for 10 none_alive; then
            ours_alive | xargs --no-run-if-empty kill -KILL
            wait_for 5 none_alive || fail "still running: $(ours_alive | xargs)"
        fi
        rm -rf $STATE
    fi
    rm -f $CONF
}

case ${1:-} in
start) start "${@:2}" ;;
stop) stop ;;
*) fail "start [NODES [CPUS_PER_NODE]] or stop" ;;
esac
