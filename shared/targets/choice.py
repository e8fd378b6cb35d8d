"""Is Genesys written to for this person? The one place that decides between the real target and its preview."""

from __future__ import annotations

from shared.errors import NotThere
from shared.model import Link, Mode
from shared.ports import Source, Target


class ModeTargets:
    """Hands out the target for one identity.

    | MODE | PILOT_GROUP | explicit order of a person | target |
    |---|---|---|---|
    | enforce | any | any | the real one |
    | observe | any | yes | the real one |
    | observe | none, or not a member | no | the preview |
    | observe | member | no | the real one |
    """

    def __init__(self, *, real: Target, preview: Target, mode: Mode, pilot_group: str, source: Source) -> None:
        self._real = real
        self._preview = preview
        self._mode = mode
        self._pilot_group = pilot_group
        self._source = source

    async def choose(
        self, identity_id: str, link: Link | None, *, explicit: bool = False
    ) -> tuple[Target, bool | None]:
        """The target, and whether the identity is in the pilot group (None when that was not asked or can't be told).

        Raises:
            Transient: the membership can't be read now.
        """
        if self._mode is Mode.ENFORCE or explicit:
            return self._real, None
        if not self._pilot_group:
            return self._preview, None
        try:
            member = await self._source.is_member(self._pilot_group, identity_id)
        except NotThere:
            # A deleted person is in no group any more; what counts is where they were while they existed.
            return (self._real if link and link.pilot else self._preview), None
        return (self._real if member else self._preview), member
