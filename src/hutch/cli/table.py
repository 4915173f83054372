"""Every command of ``hutch``: its words, the module in ``commands/`` that does it, and one line on it.

Nothing is imported here; ``main.py`` imports the one module it needs.
"""

from __future__ import annotations

# module, or module.name for one of a family (command.py)
# -> (what it does, every spelling; the first is the one that help shows)
_VERBS: dict[str, tuple[str, tuple[str, ...]]] = {
    "run": ("Create a container from an image and run it", ("run", "container run")),
    "exec": ("Run a further command in a running container", ("exec", "container exec")),
    "ps": ("List containers", ("ps", "container ls", "container list", "container ps")),
    "pull": ("Fetch an image from a registry", ("pull", "image pull")),
    "images": ("List images", ("images", "image ls", "image list")),
    "version": ("Show the versions of the command and the engine", ("version",)),
    "info": ("Show the state and settings of the engine", ("info", "system info")),
    "attach": ("Connect this terminal to a running container", ("attach", "container attach")),
    "cp": ("Copy files between a container and this machine", ("cp", "container cp")),
    "create": ("Create a container without starting it", ("create", "container create")),
    "commit": ("Make an image from a container", ("commit", "container commit")),
    "diff": ("Show what a container changed in its file system", ("diff", "container diff")),
    "export": ("Write the file system of a container as a tar archive", ("export", "container export")),
    "events": ("Follow what happens in the engine", ("events", "system events")),
    "fsck": ("Look for damage in the image store, and mend it", ("fsck", "system fsck")),
    "gc": ("Remove unused images until the disk is below its watermark", ("gc", "system gc")),
    "history": ("Show how an image was made", ("history", "image history")),
    "import_": ("Make an image from a tar archive of a file system", ("import", "image import")),
    "inspect.anything": ("Show everything known about objects, as JSON", ("inspect",)),
    "life.kill": ("Send a signal to running containers", ("kill", "container kill")),
    "load": ("Load images from a tar archive", ("load", "image load")),
    "login": ("Log in to a registry", ("login",)),
    "logout": ("Forget the credentials for a registry", ("logout",)),
    "logs": ("Show the output of a container", ("logs", "container logs")),
    "life.pause": ("Freeze all processes of containers", ("pause", "container pause")),
    "port": ("Show the published ports of a container", ("port", "container port")),
    "push": ("Send an image to a registry", ("push", "image push")),
    "rename": ("Give a container another name", ("rename", "container rename")),
    "life.restart": ("Stop and start containers", ("restart", "container restart")),
    "rm": ("Remove containers", ("rm", "container rm", "container remove")),
    "rmi": ("Remove images", ("rmi", "image rm", "image remove")),
    "save": ("Write images to a tar archive", ("save", "image save")),
    "manifest_inspect": ("Show a manifest, or a list of manifests, of a registry", ("manifest inspect",)),
    "manifest_create": ("Make a local list of manifests", ("manifest create",)),
    "manifest_annotate": ("Say more about a manifest in a local list", ("manifest annotate",)),
    "manifest_push": ("Send a local list of manifests to a registry", ("manifest push",)),
    "manifest_rm": ("Remove local lists of manifests", ("manifest rm",)),
    "search": ("Search a registry for images", ("search",)),
    "start": ("Start stopped containers", ("start", "container start")),
    "life.stop": ("Stop running containers", ("stop", "container stop")),
    "tag": ("Give an image a further name", ("tag", "image tag")),
    "top": ("Show the processes of a container", ("top", "container top")),
    "life.unpause": ("Thaw the processes of containers", ("unpause", "container unpause")),
    "update": ("Change limits and restart policy of containers", ("update", "container update")),
    "life.wait": ("Wait until containers stop and print their exit codes", ("wait", "container wait")),
    "inspect.container": ("Show everything known about containers, as JSON", ("container inspect",)),
    "container_prune": ("Remove all stopped containers", ("container prune",)),
    "inspect.image": ("Show everything known about images, as JSON", ("image inspect",)),
    "image_prune": ("Remove unused images", ("image prune",)),
    "image_bootstrap": ("Make a base image from the packages of a distribution", ("image bootstrap",)),
    "volume_create": ("Create a volume", ("volume create",)),
    "inspect.volume": ("Show everything known about volumes, as JSON", ("volume inspect",)),
    "volume_ls": ("List volumes", ("volume ls", "volume list")),
    "volume_rm": ("Remove volumes", ("volume rm", "volume remove")),
    "volume_prune": ("Remove unused volumes", ("volume prune",)),
    "network_prune": ("Remove unused networks", ("network prune",)),
    "system_df": ("Show what takes space on the disk", ("system df",)),
    "system_prune": ("Remove what nothing uses", ("system prune",)),
    "inspect.network": ("Show everything known about networks, as JSON", ("network inspect",)),
    "network_ls": ("List networks", ("network ls", "network list")),
}

GROUPS = {
    "container": "Containers",
    "image": "Images",
    "manifest": "Lists of manifests",
    "network": "Networks",
    "system": "The engine",
    "volume": "Volumes",
}

# Commands of Docker's CLI that are not served; named so that the message is not "unknown command".
MISSING = (
    " build builder buildx bake checkpoint compose config context node plugin secret service stack stats swarm trust "
)

# The same for the commands of groups: group -> words.
MISSING_IN = {
    "container": " stats ",
    "image": " build ",
    "manifest": "",
    "network": " connect create disconnect rm remove ",
    "system": " dial-stdio ",
    "volume": " update ",
}

COMMANDS: dict[str, str] = {spelling: module for module, (_, names) in _VERBS.items() for spelling in names}


def summary(module: str) -> str:
    """The line about a command."""
    return _VERBS[module][0]


def spellings(module: str) -> tuple[str, ...]:
    """Every spelling of a command."""
    return _VERBS[module][1]
