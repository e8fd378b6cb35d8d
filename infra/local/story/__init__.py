"""What does this product do? A short play in the local world, told in the simulators' own times: `make demo`."""

from __future__ import annotations
