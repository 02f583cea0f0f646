# SPDX-License-Identifier: GPL-2.0
"""The one exception of these scripts: something is not as it must be."""


class Trouble(Exception):
    """Says in one line what is wrong; the guest at hand has failed."""


class Refused(Trouble):
    """QEMU itself declines the configuration, with its reason."""
