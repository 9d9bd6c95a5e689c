"""What of a complaint may leave the house: a title and a text, for another authority."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from queue_service.domain.branches import Branch
from queue_service.domain.complaint_events import Added, Escalated, Filed
from queue_service.domain.complaints import Complaint
from queue_service.domain.errors import NotFound
from queue_service.records.complaints.complaints import Words
from queue_service.records.complaints.words import Kept
from queue_service.screening import screened

LONGEST_TITLE = 150
_BETWEEN = "\n\n"

IsName = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class PassedOn:
    title: str
    content: str

    @property
    def words(self) -> str:
        """As it is kept with the entry by which it was passed on."""
        return f"{self.title}{_BETWEEN}{self.content}"


def passed_on(complaint: Complaint, words: Words, branch: Branch, is_name: IsName) -> PassedOn:
    """As staff have agreed to it. Whatever was read and edited, it is screened once more before it leaves."""
    agreed = [entry.seq for entry in complaint.entries if isinstance(entry.event, Escalated)]
    if not agreed or not (told := words.get((agreed[-1], Kept.WORDS))):
        return prepared(complaint, words, branch, is_name)  # passed on by an earlier version
    title, _, content = told.partition(_BETWEEN)
    return PassedOn(title, screened(content, is_name).text)


def prepared(complaint: Complaint, words: Words, branch: Branch, is_name: IsName) -> PassedOn:
    """For staff to read. In Indonesian, as it is read there: what its writer wrote, and nothing else of theirs."""
    written = [entry.seq for entry in complaint.entries if isinstance(entry.event, Filed | Added)]
    told = [words[seq, Kept.WORDS].strip() for seq in written if (seq, Kept.WORDS) in words]
    where = [f"Unit layanan: {branch.name.id}"]
    if queue := branch.queues.get(complaint.filed.queue):
        where.append(f"Layanan: {queue.name.id}")
    if counter := branch.counters.get(complaint.filed.counter):
        where.append(f"Loket: {counter.name.id}")
    where.append(f"Tanggal pengaduan: {branch.day_of(complaint.filed_at):%d-%m-%Y}")
    where.append(f"Nomor pengaduan kami: {complaint.number}")
    content = screened(_BETWEEN.join([*told, "\n".join(where)]), is_name).text
    return PassedOn(title_of(complaint, branch), content)


def title_of(complaint: Complaint, branch: Branch) -> str:
    """Our number stands first: by it, somebody who looks there finds out whether it arrived."""
    about = f"Pengaduan layanan {branch.name.id}: {category_name(complaint, branch, 'id')}"
    return f"{complaint.number} {about}"[:LONGEST_TITLE]


def category_name(complaint: Complaint, branch: Branch, language: str) -> str:
    """Its id where the set-up has it no more."""
    try:
        return branch.complaints.category(complaint.category).name.in_language(language)
    except NotFound:
        return complaint.category
