"""Programmes with their versions. They are few, so whoever needs one reads them all."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from lms.kernel import clock, dated
from lms.kernel.db import db
from lms.kernel.errors import NotFound
from lms.kernel.i18n import gettext as _
from lms.programmes.models import Programme, ProgrammeVersion, Track, TrackRatio


@dataclass(frozen=True, slots=True)
class Entry:
    """A programme with every version it ever had, the latest first."""

    programme: Programme
    versions: Sequence[ProgrammeVersion]

    @property
    def code(self) -> str:
        return self.programme.code

    def in_force(self, on: dt.date) -> ProgrammeVersion | None:
        """The version that counts on a day."""
        return dated.in_force(self.versions, on)

    @property
    def shown(self) -> ProgrammeVersion:
        """What names it: the version in force, else the next one."""
        found = dated.shown(self.versions, clock.today())
        assert found is not None  # noqa: S101 - a programme without a version is not in the catalogue
        return found


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Every track with its programmes, from the lowest rung up."""

    tracks: Sequence[Track]
    entries: Mapping[str, Entry]

    def of(self, track: str) -> list[Entry]:
        """The programmes of a track."""
        return [one for one in self.entries.values() if one.programme.track == track]

    def entry(self, code: str) -> Entry:
        """A programme. Raises `NotFound`."""
        found = self.entries.get(code)
        if found is None:
            raise NotFound(_("没有这个项目。"), todo=_("请从列表里选择。"))
        return found

    def track(self, code: str) -> Track:
        """A track. Raises `NotFound`."""
        found = next((one for one in self.tracks if one.code == code), None)
        if found is None:
            raise NotFound(_("没有这个序列。"), todo=_("请从列表里选择。"))
        return found

    def version(self, version_id: uuid.UUID) -> ProgrammeVersion:
        """A version by its id."""
        return next(one for entry in self.entries.values() for one in entry.versions if one.id == version_id)

    def title(self, code: str) -> Mapping[str, str]:
        """What a programme is called now."""
        return self.entries[code].shown.title


def load() -> Catalogue:
    """Everything there is. Three SELECTs."""
    tracks = db.session.scalars(select(Track).order_by(Track.position, Track.code)).all()
    versions: dict[str, list[ProgrammeVersion]] = {}
    latest_first = ProgrammeVersion.valid_from.desc(), ProgrammeVersion.revision.desc()
    for version in db.session.scalars(select(ProgrammeVersion).order_by(*latest_first)):
        versions.setdefault(version.programme, []).append(version)
    programmes = db.session.scalars(select(Programme).order_by(Programme.track, Programme.rung, Programme.code))
    return Catalogue(tracks, {one.code: Entry(one, versions[one.code]) for one in programmes if one.code in versions})


def ratios(track: str) -> Sequence[TrackRatio]:
    """The ratios of a track through time, the latest first."""
    query = select(TrackRatio).where(TrackRatio.track == track)
    return db.session.scalars(query.order_by(TrackRatio.valid_from.desc(), TrackRatio.revision.desc())).all()
