"""Connectors that ship with Tollbook; a vertical lists its own in `CONNECTORS` of its `connectors`."""

from tollbook.provisioning.connectors.console import Console

CONNECTORS = [Console]
