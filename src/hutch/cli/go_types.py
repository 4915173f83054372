"""The structs that Docker's command decodes the engine's answers to (its packages ``api/types/...``), for templates.

The fields are those of API 1.50 and what hutch's engine adds; see ``model/template/typed.py`` for the notation.
"""

from __future__ import annotations

from hutch.model.template.typed import Schema

_TABLE = """\
container.InspectResponse ID=Id:s Created:s Path:s Args:[]s State:*container.State Image:s ResolvConfPath:s
 HostnamePath:s HostsPath:s LogPath:s Name:s RestartCount:i Driver:s Platform:s MountLabel:s ProcessLabel:s
 AppArmorProfile:s ExecIDs:[]s HostConfig:*container.HostConfig GraphDriver:storage.DriverData SizeRw?:*i SizeRootFs?:*i
 Mounts:[]container.MountPoint Config:*container.Config NetworkSettings:*container.NetworkSettings
 ImageManifestDescriptor?:*v1.Descriptor
container.State Status:s Running:b Paused:b Restarting:b OOMKilled:b Dead:b Pid:i ExitCode:i Error:s StartedAt:s
 FinishedAt:s Health?:*container.Health
container.Health Status:s FailingStreak:i Log:[]*container.HealthcheckResult
container.HealthcheckResult Start:t End:t ExitCode:i Output:s
container.MountPoint Type?:s Name?:s Source:s Destination:s Driver?:s Mode:s RW:b Propagation:s
container.NetworkSettings ^container.NetworkSettingsBase ^container.DefaultNetworkSettings
 Networks:{}*network.EndpointSettings
container.NetworkSettingsBase Bridge:s SandboxID:s SandboxKey:s Ports:{}[]nat.PortBinding HairpinMode:b
 LinkLocalIPv6Address:s LinkLocalIPv6PrefixLen:i SecondaryIPAddresses:[]network.Address
 SecondaryIPv6Addresses:[]network.Address
container.DefaultNetworkSettings EndpointID:s Gateway:s GlobalIPv6Address:s GlobalIPv6PrefixLen:i IPAddress:s
 IPPrefixLen:i IPv6Gateway:s MacAddress:s
network.Address Addr:s PrefixLen:i
network.EndpointSettings IPAMConfig:*network.EndpointIPAMConfig Links:[]s Aliases:[]s MacAddress:s DriverOpts:{}s
 GwPriority:i NetworkID:s EndpointID:s Gateway:s IPAddress:s IPPrefixLen:i IPv6Gateway:s GlobalIPv6Address:s
 GlobalIPv6PrefixLen:i DNSNames:[]s
network.EndpointIPAMConfig IPv4Address?:s IPv6Address?:s LinkLocalIPs?:[]s
nat.PortBinding HostIP=HostIp:s HostPort:s
container.Config Hostname:s Domainname:s User:s AttachStdin:b AttachStdout:b AttachStderr:b ExposedPorts?:{}e Tty:b
 OpenStdin:b StdinOnce:b Env:[]s Cmd:[]s Healthcheck?:*v1.HealthcheckConfig ArgsEscaped?:b Image:s Volumes:{}e
 WorkingDir:s Entrypoint:[]s NetworkDisabled?:b MacAddress?:s OnBuild:[]s Labels:{}s StopSignal?:s StopTimeout?:*i
 Shell?:[]s
v1.HealthcheckConfig Test?:[]s Interval?:d Timeout?:d StartPeriod?:d StartInterval?:d Retries?:i
container.HostConfig Binds:[]s ContainerIDFile:s LogConfig:container.LogConfig NetworkMode:s
 PortBindings:{}[]nat.PortBinding RestartPolicy:container.RestartPolicy AutoRemove:b VolumeDriver:s VolumesFrom:[]s
 ConsoleSize:[]i Annotations?:{}s CapAdd:[]s CapDrop:[]s CgroupnsMode:s DNS=Dns:[]s DNSOptions=DnsOptions:[]s
 DNSSearch=DnsSearch:[]s ExtraHosts:[]s GroupAdd:[]s IpcMode:s Cgroup:s Links:[]s OomScoreAdj:i PidMode:s Privileged:b
 PublishAllPorts:b ReadonlyRootfs:b SecurityOpt:[]s StorageOpt?:{}s Tmpfs?:{}s UTSMode:s UsernsMode:s ShmSize:i
 Sysctls?:{}s Runtime?:s Isolation:s CPUShares=CpuShares:i Memory:i NanoCPUs=NanoCpus:i CgroupParent:s BlkioWeight:i
 BlkioWeightDevice:[]*blkiodev.WeightDevice BlkioDeviceReadBps:[]*blkiodev.ThrottleDevice
 BlkioDeviceWriteBps:[]*blkiodev.ThrottleDevice BlkioDeviceReadIOps:[]*blkiodev.ThrottleDevice
 BlkioDeviceWriteIOps:[]*blkiodev.ThrottleDevice CPUPeriod=CpuPeriod:i CPUQuota=CpuQuota:i
 CPURealtimePeriod=CpuRealtimePeriod:i CPURealtimeRuntime=CpuRealtimeRuntime:i CpusetCpus:s CpusetMems:s
 Devices:[]container.DeviceMapping DeviceCgroupRules:[]s DeviceRequests:[]container.DeviceRequest KernelMemory?:i
 KernelMemoryTCP?:i MemoryReservation:i MemorySwap:i MemorySwappiness:*i OomKillDisable:*b PidsLimit:*i
 Ulimits:[]*container.Ulimit CPUCount=CpuCount:i CPUPercent=CpuPercent:i IOMaximumIOps:i IOMaximumBandwidth:i
 Mounts?:[]mount.Mount MaskedPaths:[]s ReadonlyPaths:[]s Init?:*b
container.LogConfig Type:s Config:{}s
container.RestartPolicy Name:s MaximumRetryCount:i
blkiodev.WeightDevice Path:s Weight:i
blkiodev.ThrottleDevice Path:s Rate:i
container.DeviceMapping PathOnHost:s PathInContainer:s CgroupPermissions:s
container.DeviceRequest Driver:s Count:i DeviceIDs:[]s Capabilities:[][]s Options:{}s
container.Ulimit Name:s Hard:i Soft:i
mount.Mount Type?:s Source?:s Target?:s ReadOnly?:b Consistency?:s BindOptions?:*mount.BindOptions
 VolumeOptions?:*mount.VolumeOptions ImageOptions?:*mount.ImageOptions TmpfsOptions?:*mount.TmpfsOptions
 ClusterOptions?:*mount.ClusterOptions
mount.BindOptions Propagation?:s NonRecursive?:b CreateMountpoint?:b ReadOnlyNonRecursive?:b ReadOnlyForceRecursive?:b
mount.VolumeOptions NoCopy?:b Labels?:{}s Subpath?:s DriverConfig?:*mount.Driver
mount.ImageOptions Subpath?:s
mount.Driver Name?:s Options?:{}s
mount.TmpfsOptions SizeBytes?:i Mode?:i Options?:[][]s
mount.ClusterOptions
storage.DriverData Data:{}s Name:s
image.InspectResponse ID=Id:s RepoTags:[]s RepoDigests:[]s Parent:s Comment:s Created?:s Container?:s
 ContainerConfig?:*container.Config DockerVersion:s Author:s
 Config:*v1.DockerOCIImageConfig Architecture:s Variant?:s Os:s OsVersion?:s Size:i VirtualSize?:i
 GraphDriver:storage.DriverData RootFS:image.RootFS Metadata:image.Metadata Descriptor?:*v1.Descriptor
 Manifests?:[]image.ManifestSummary
image.RootFS Type?:s Layers?:[]s
image.Metadata LastTagTime?:t
image.ManifestSummary ID:s Descriptor:v1.Descriptor Available:b Kind:s
v1.Descriptor MediaType=mediaType:s Digest=digest:s Size=size:i URLs=urls?:[]s Annotations=annotations?:{}s
 Platform=platform?:*v1.Platform ArtifactType=artifactType?:s
v1.Platform Architecture=architecture:s OS=os:s OSVersion=os.version?:s OSFeatures=os.features?:[]s Variant=variant?:s
v1.DockerOCIImageConfig ^v1.ImageConfig ^v1.DockerOCIImageConfigExt
v1.ImageConfig User?:s ExposedPorts?:{}e Env?:[]s Entrypoint?:[]s Cmd?:[]s Volumes?:{}e WorkingDir?:s
 Labels?:{}s StopSignal?:s ArgsEscaped?:b
v1.DockerOCIImageConfigExt Healthcheck?:*v1.HealthcheckConfig OnBuild?:[]s Shell?:[]s
network.Inspect Name:s ID=Id:s Created:t Scope:s Driver:s EnableIPv4:b EnableIPv6:b IPAM:network.IPAM Internal:b
 Attachable:b Ingress:b ConfigFrom:network.ConfigReference ConfigOnly:b Containers:{}network.EndpointResource
 Options:{}s Labels:{}s Peers?:[]network.PeerInfo Services?:{}a
network.IPAM Driver:s Options:{}s Config:[]network.IPAMConfig
network.IPAMConfig Subnet?:s IPRange?:s Gateway?:s AuxAddress=AuxiliaryAddresses?:{}s
network.ConfigReference Network:s
network.EndpointResource Name:s EndpointID:s MacAddress:s IPv4Address:s IPv6Address:s
network.PeerInfo Name:s IP:s
volume.Volume ClusterVolume?:*volume.ClusterVolume CreatedAt?:s Driver:s Labels:{}s Mountpoint:s Name:s Options:{}s
 Scope:s Status?:{}a UsageData?:*volume.UsageData
volume.ClusterVolume ID:s
volume.UsageData RefCount:i Size:i
events.Message Status=status?:s ID=id?:s From=from?:s Type:s Action:s Actor:events.Actor Scope=scope?:s Time=time?:i
 TimeNano=timeNano?:i
events.Actor ID:s Attributes:{}s
system.dockerInfo ID:s Containers:i ContainersRunning:i ContainersPaused:i ContainersStopped:i Images:i Driver:s
 DriverStatus:[][]s SystemStatus?:[][]s Plugins:system.PluginsInfo MemoryLimit:b SwapLimit:b KernelMemory?:b
 KernelMemoryTCP?:b CPUCfsPeriod=CpuCfsPeriod:b CPUCfsQuota=CpuCfsQuota:b CPUShares:b CPUSet:b PidsLimit:b
 IPv4Forwarding:b Debug:b NFd:i OomKillDisable:b NGoroutines:i SystemTime:s LoggingDriver:s CgroupDriver:s
 CgroupVersion?:s NEventsListener:i KernelVersion:s OperatingSystem:s OSVersion:s OSType:s Architecture:s
 IndexServerAddress:s RegistryConfig:*registry.ServiceConfig NCPU:i MemTotal:i GenericResources:[]a DockerRootDir:s
 HTTPProxy=HttpProxy:s HTTPSProxy=HttpsProxy:s NoProxy:s Name:s Labels:[]s ExperimentalBuild:b ServerVersion:s
 Runtimes:{}system.RuntimeWithStatus DefaultRuntime:s Swarm:swarm.Info LiveRestoreEnabled:b Isolation:s InitBinary:s
 ContainerdCommit:system.Commit RuncCommit:system.Commit InitCommit:system.Commit SecurityOptions:[]s ProductLicense?:s
 DefaultAddressPools?:[]system.NetworkAddressPool FirewallBackend?:*system.FirewallInfo CDISpecDirs:[]s
 DiscoveredDevices?:[]system.DeviceInfo Containerd?:*system.ContainerdInfo Warnings:[]s ServerErrors?:[]s
 ClientInfo?:*system.clientInfo ClientErrors?:[]s
system.PluginsInfo Volume:[]s Network:[]s Authorization:[]s Log:[]s
registry.ServiceConfig AllowNondistributableArtifactsCIDRs?:[]s AllowNondistributableArtifactsHostnames?:[]s
 InsecureRegistryCIDRs:[]s IndexConfigs:{}*registry.IndexInfo Mirrors:[]s
registry.IndexInfo Name:s Mirrors:[]s Secure:b Official:b
system.RuntimeWithStatus ^system.Runtime Status=status?:{}s
system.Runtime Path=path?:s Args=runtimeArgs?:[]s Type=runtimeType?:s Options=options?:{}a
swarm.Info NodeID:s NodeAddr:s LocalNodeState:s ControlAvailable:b Error:s RemoteManagers:[]swarm.Peer Nodes?:i
 Managers?:i Cluster?:*swarm.ClusterInfo Warnings?:[]s
swarm.Peer NodeID:s Addr:s
swarm.ClusterInfo ID:s
system.Commit ID:s Expected?:s
system.NetworkAddressPool Base:s Size:i
system.FirewallInfo Driver:s Info?:[][]s
system.DeviceInfo Source:s ID:s
system.ContainerdInfo Address?:s Namespaces:system.ContainerdNamespaces
system.ContainerdNamespaces Containers:s Plugins:s
system.clientInfo Debug:b Platform?:*system.Platform Version?:s Context:s Plugins:[]a Warnings:[]s
system.Platform Name:s
system.versionInfo Client:system.clientVersion Server:*types.Version
system.clientVersion Platform?:*system.Platform Version?:s APIVersion=ApiVersion?:s DefaultAPIVersion?:s GitCommit?:s
 GoVersion?:s PythonVersion?:s Os?:s Arch?:s BuildTime?:s Context:s
types.Version Platform?:types.Platform Components?:[]types.ComponentVersion Version:s APIVersion=ApiVersion:s
 MinAPIVersion?:s GitCommit:s GoVersion:s Os:s Arch:s KernelVersion?:s Experimental?:b BuildTime?:s
types.Platform Name:s
types.ComponentVersion Name:s Version:s Details?:{}s
"""

KINDS = {
    "container": "container.InspectResponse",
    "image": "image.InspectResponse",
    "network": "network.Inspect",
    "volume": "volume.Volume",
    "event": "*events.Message",
    "info": "system.dockerInfo",
    "version": "system.versionInfo",
}

_SCHEMA = Schema(_TABLE)


def typed(value: object, kind: str) -> object:
    """An answer of the engine as Docker's command has it; ``kind`` is a key of :data:`KINDS`."""
    return _SCHEMA.typed(value, KINDS[kind])
