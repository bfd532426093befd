"""The PDF of a certificate: printed once, from its claims, and kept. Asking again prints nothing."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence

from lms.certificates import queries
from lms.certificates.models import Certificate, CertificateDocument
from lms.certificates.press import press
from lms.kernel import clock
from lms.kernel.actor import SYSTEM, Actor
from lms.kernel.jobs import queue
from lms.kernel.runtime import kernel
from lms.kernel.uow import unit_of_work

PRINT = "certificates.print"
AT_ONCE = 32
"""So many certificates are handed to the press together: enough for all its processes, few enough to hold in memory."""
RECYCLE_AFTER = 480
"""A press is set up anew after so many, so that no helper process grows without end."""


class PrintingError(Exception):
    """Certificates that could not be printed, by number, with the reason of each."""

    def __init__(self, failed: Mapping[str, Exception]) -> None:
        super().__init__("; ".join(f"{number}: {reason}" for number, reason in failed.items()))
        self.failed = failed


def print_missing(ids: Sequence[uuid.UUID] | None = None, progress: Callable[[int, int], None] | None = None) -> int:
    """Print and keep what is missing among these certificates, or among all. Returns how many were stored.

    Each is stored in a transaction of its own: after a crash the next run goes on with the rest. One that cannot be
    printed stops no other; at the end `PrintingError` names it.
    """
    waiting, stored = queries.unprinted(ids), 0
    failed: dict[str, Exception] = {}
    for first in range(0, len(waiting), RECYCLE_AFTER):
        run = waiting[first : first + RECYCLE_AFTER]
        with press(len(run)) as printer:
            for start in range(0, len(run), AT_ONCE):
                sheaf = run[start : start + AT_ONCE]
                for one, content in zip(sheaf, printer([one.claims for one in sheaf]), strict=True):
                    if isinstance(content, Exception):
                        failed[one.number] = content
                    else:
                        stored += _keep(one, content)
                if progress is not None:
                    progress(first + start + len(sheaf), len(waiting))
    if failed:
        raise PrintingError(failed)
    return stored


def request_printing(actor: Actor, certificate_id: uuid.UUID) -> uuid.UUID:
    """Queue the printing of one certificate once more, should its first job have failed; the job's id."""
    with unit_of_work(actor) as uow:
        return queue.enqueue(uow, PRINT, {"ids": [certificate_id.hex]})


def _keep(certificate: Certificate, content: bytes) -> bool:
    """Store a PDF unless another worker was quicker."""
    with unit_of_work(SYSTEM) as uow:
        uow.session.get_one(Certificate, certificate.id, with_for_update=True)
        if uow.session.get(CertificateDocument, certificate.id) is not None:
            return False
        file = kernel().files.put(
            uow,
            room="certificates",
            name=f"{certificate.number}.pdf",
            media_type="application/pdf",
            content=content,
        )
        uow.session.flush()
        document = CertificateDocument(certificate_id=certificate.id, file_id=file.id, rendered_at=clock.now())
        uow.session.add(document)
        return True
