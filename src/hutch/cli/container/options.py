"""The flags that ``run`` and ``create`` share."""

from __future__ import annotations

FLAGS = """\
add-host list further line of /etc/hosts (NAME:ADDRESS)
annotation list annotation for the OCI runtime (KEY=VALUE)
attach,a list stream to connect to: STDIN, STDOUT or STDERR
blkio-weight uint16=0 share of block device time, 10 to 1000 (0: not set)
blkio-weight-device list share of one device's time (DEVICE:WEIGHT)
cap-add list capability to add
cap-drop list capability to drop
cgroup-parent string cgroup below which the container's is made
cgroupns string cgroup namespace: host or private
cidfile string file to write the container's ID to
cpu-count !int only for Windows
cpu-percent !int only for Windows
cpu-period int length of a CFS period in microseconds
cpu-quota int CPU time per CFS period in microseconds
cpu-rt-period int length of a real-time period in microseconds
cpu-rt-runtime int real-time CPU time per period in microseconds
cpu-shares,c int share of CPU time against other containers
cpus decimal number of CPUs that may be used
cpuset-cpus string CPUs to run on (0-3, 0,1)
cpuset-mems string memory nodes to use (0-3, 0,1)
device list host device to give to the container
device-cgroup-rule list rule for the list of allowed devices
device-read-bps list bytes a second that may be read from a device
device-read-iops list reads a second from a device
device-write-bps list bytes a second that may be written to a device
device-write-iops list writes a second to a device
disable-content-trust bool=true image signatures are not checked
dns list address of a DNS server
dns-opt ~list DNS option
dns-option list DNS option
dns-search list DNS search domain
domainname string NIS domain name
entrypoint string program to run instead of the image's entry point
env,e env environment variable (NAME=VALUE, or NAME to pass on)
env-file list file of environment variables
expose list port or range that the container listens on
gpus !gpu-request no GPU support
group-add list further group of the process
health-cmd string command that checks the container's health
health-interval duration=0s time between two checks
health-retries int failures in a row until the container counts as unhealthy
health-start-interval duration=0s time between two checks while the container starts
health-start-period duration=0s time during which failures do not count
health-timeout duration=0s time after which a check has failed
hostname,h string host name
init bool run a small init as process 1 that forwards signals and reaps processes
interactive,i bool keep standard input open
io-maxbandwidth !bytes only for Windows
io-maxiops !uint only for Windows
ip string IPv4 address
ip6 string IPv6 address
ipc string IPC namespace
isolation string how containers are kept apart (only the default is there on Linux)
kernel-memory bytes without effect: the kernel no longer has this limit
label,l list label (KEY=VALUE)
label-file list file of labels
link list container to make known by name
link-local-ip list link-local address
log-driver string where output is logged
log-opt list option of the log driver
mac-address string MAC address
memory,m bytes memory limit
memory-reservation bytes memory that is left when memory is short
memory-swap bytes limit of memory and swap together (-1: no limit)
memory-swappiness int=-1 how readily memory is swapped, 0 to 100
mount mount mount (type=bind|volume|tmpfs|image,source=...,target=...)
name string name of the container
net ~network network
net-alias ~list name on the network
network network network to join
network-alias list further name on the network
no-healthcheck bool no health checks, whatever the image says
oom-kill-disable bool do not kill processes when memory is out
oom-score-adj int preference of the kernel's OOM killer, -1000 to 1000
pid string PID namespace
pids-limit int largest number of processes (-1: no limit)
platform string platform of the image (os/arch)
privileged bool give all capabilities and devices
publish,p list publish a port ([[ADDRESS:]HOST:]CONTAINER[/PROTOCOL])
publish-all,P bool publish all exposed ports on free ports
pull string=missing when to pull the image: always, missing or never
quiet,q bool do not show the progress of a pull
read-only bool root file system cannot be written
restart string=no what to do when the container ends: no, on-failure[:N], always, unless-stopped
rm bool remove the container and its anonymous volumes when it ends
runtime string OCI runtime
security-opt list security option
shm-size bytes size of /dev/shm
stop-signal string signal that stops the container
stop-timeout int seconds from the stop signal to the kill
storage-opt list option of the storage driver
sysctl list kernel parameter (NAME=VALUE)
tmpfs list tmpfs to mount (PATH[:OPTIONS])
tty,t bool give the process a terminal
ulimit ulimit resource limit (NAME=SOFT[:HARD])
use-api-socket !bool mount the engine's socket yourself
user,u string user (NAME or UID, and :GROUP)
userns string user namespace
uts string UTS namespace
volume,v list mount a folder or a volume ([SOURCE:]TARGET[:OPTIONS])
volume-driver string driver of volumes that are made
volumes-from list container whose mounts are taken over
workdir,w string working directory
"""
