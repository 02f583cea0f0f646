# SPDX-License-Identifier: GPL-2.0
"""The guest's root: busybox, our init and a handful of Debian's own modules, as an initramfs."""

import glob
import lzma
import os
import re
import stat

HERE = os.path.dirname(os.path.abspath(__file__))
BUSYBOX = "/bin/busybox"
MODULES = ("virtio_blk", "virtio_net", "evdev")
# Loaded by a workload, with parameters of its choice, from a directory of its own.
ON_REQUEST = "e1000e"
DIRECTORIES = ("bin", "dev", "modules", ON_REQUEST, "proc", "sys", "tmp")
CONSOLE = os.makedev(5, 1)


def kernel():
    """The oldest kernel of the test host's root: (release, image)."""
    def number(image):
        return [int(part) for part in re.findall(r"\d+", image)[:3]]

    image = min(glob.glob("/boot/vmlinuz-*"), key=number)
    return image.partition("-")[2], image


def module_files(release, modules):
    """Paths of modules and what they depend on, in the order to load them."""
    root = f"/lib/modules/{release}"
    depends = {}
    with open(f"{root}/modules.dep", encoding="ascii") as lines:
        for line in lines:
            path, _, needs = line.partition(":")
            depends[os.path.basename(path).partition(".")[0]] = [path, *needs.split()]
    ordered = []
    for module in modules:
        # modules.dep lists the nearest dependency first.
        ordered += [path for path in reversed(depends.get(module, [])) if path not in ordered]
    return [os.path.join(root, path) for path in ordered]


def module_content(path):
    """The module itself, unpacked: busybox cannot be relied on for that."""
    if path.endswith(".xz"):
        with lzma.open(path) as packed:
            return packed.read()
    with open(path, "rb") as plain:
        return plain.read()


class Cpio:
    """An archive in the kernel's "newc" format."""

    def __init__(self, path):
        self.file = open(path, "wb")
        self.inode = 0

    def add(self, name, mode, content=b"", device=0):
        """Append one member; mode has the file type too."""
        self.inode += 1
        fields = [self.inode, mode, 0, 0, 1, 0, len(content), 0, 0,
                  os.major(device), os.minor(device), len(name) + 1, 0]
        self.write(b"070701" + b"".join(b"%08X" % field for field in fields) + name.encode() + b"\0")
        self.write(content)

    def write(self, data):
        """Headers and contents each end on a multiple of four bytes."""
        self.file.write(data + b"\0" * (-len(data) % 4))

    def close(self):
        self.add("TRAILER!!!", 0)
        self.file.close()


def programs():
    """What the guest can run: (file here, its name there)."""
    yield BUSYBOX, "bin/busybox"
    yield os.path.join(HERE, "init"), "init"
    for program in os.listdir(os.path.join(HERE, "programs")):
        yield os.path.join(HERE, "programs", program), f"bin/{program}"


def add_modules(archive, directory, files):
    """Modules under names whose order is the one to load them in."""
    for order, module in enumerate(files):
        name = os.path.basename(module).partition(".")[0]
        archive.add(f"{directory}/{order:02}-{name}.ko", stat.S_IFREG | 0o644, module_content(module))


def build(path, release):
    """Write the initramfs for the given kernel release to path."""
    archive = Cpio(path)
    for directory in DIRECTORIES:
        archive.add(directory, stat.S_IFDIR | 0o755)
    archive.add("dev/console", stat.S_IFCHR | 0o600, device=CONSOLE)
    for source, target in programs():
        with open(source, "rb") as program:
            archive.add(target, stat.S_IFREG | 0o755, program.read())
    add_modules(archive, "modules", module_files(release, MODULES))
    add_modules(archive, ON_REQUEST, module_files(release, [ON_REQUEST]))
    archive.close()
