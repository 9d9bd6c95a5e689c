"""What of a complaint may leave the house: a title and a text, for another authority."""

from __future__ import annotations

from dataclasses import dataclass

from queue_service.domain.branches import Branch
from queue_service.domain.complaints import Added, Complaint, Filed
from queue_service.domain.errors import NotFound
from queue_service.records.complaints.complaints import Words
from queue_service.records.complaints.words import Kept
from queue_service.screening import screened

LONGEST_TITLE = 150


@dataclass(frozen=True, slots=True)
class PassedOn:
    title: str
    content: str


def passed_on(complaint: Complaint, words: Words, branch: Branch) -> PassedOn:
    """In Indonesian, as it is read there. What its writer wrote is screened, and nothing else of theirs is in it."""
    written = [entry.seq for entry in complaint.entries if isinstance(entry.event, Filed | Added)]
    told = [screened(words[seq, Kept.WORDS]).text.strip() for seq in written if (seq, Kept.WORDS) in words]
    where = [f"Unit layanan: {branch.name.id}"]
    if queue := branch.queues.get(complaint.filed.queue):
        where.append(f"Layanan: {queue.name.id}")
    if counter := branch.counters.get(complaint.filed.counter):
        where.append(f"Loket: {counter.name.id}")
    where.append(f"Tanggal pengaduan: {branch.day_of(complaint.filed_at):%d-%m-%Y}")
    where.append(f"Nomor pengaduan kami: {complaint.number}")
    title = f"Pengaduan layanan {branch.name.id}: {category_name(complaint, branch, 'id')}"
    return PassedOn(title[:LONGEST_TITLE], "\n\n".join([*told, "\n".join(where)]))


def category_name(complaint: Complaint, branch: Branch, language: str) -> str:
    """Its id where the set-up has it no more."""
    try:
        return branch.complaints.category(complaint.category).name.in_language(language)
    except NotFound:
        return complaint.category
