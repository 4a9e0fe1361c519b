"""Sheets, requests to print again, parcels, hand-outs and looked-at files, one row each."""

from __future__ import annotations

from datetime import date

import factory
from tests.factories.accounts import UserFactory
from tests.factories.cases import CaseFactory
from tests.factories.documents import StoredFileFactory
from tests.factories.draws import DrawFactory, DrawItemFactory
from tests.factories.institutions import SchoolFactory
from tests.factories.production import APPROVED_AT, SEALING_DAY, PrintRunFactory, approved_batch, round_of

from xueji.production.models import (
    BlankPicture,
    Embossing,
    FileCheck,
    FileCheckItem,
    HandOut,
    Parcel,
    ParcelItem,
    PrintFile,
    PrintSheet,
    Reprint,
    ReprintItem,
    SheetOutcome,
)


def _certificate():
    return approved_batch(count=1).candidates.get().certificate


class BlankPictureFactory(factory.django.DjangoModelFactory):
    """A scan of a school's blank."""

    class Meta:
        model = BlankPicture

    school = factory.SubFactory(SchoolFactory)
    document = "diploma_overlay"
    file = factory.SubFactory(StoredFileFactory)
    added_by = factory.SubFactory(UserFactory)
    added_at = APPROVED_AT


class PrintFileFactory(factory.django.DjangoModelFactory):
    """The only file of a loaded run of one sheet."""

    class Meta:
        model = PrintFile

    run = factory.SubFactory(PrintRunFactory, document="diploma_overlay", is_loaded=True)
    ordinal = 1
    file = factory.SubFactory(StoredFileFactory)
    first_sheet = 1
    last_sheet = 1


class PrintSheetFactory(factory.django.DjangoModelFactory):
    """The first sheet of a loaded run, spoiled by the printer."""

    class Meta:
        model = PrintSheet

    run = factory.SubFactory(PrintRunFactory, document="diploma_overlay", is_loaded=True)
    ordinal = 1
    certificate = factory.LazyAttribute(lambda o: o.run.issue.certificates.get())
    outcome = SheetOutcome.SPOILED
    reason = "卡纸"
    confirmed_by = factory.SubFactory(UserFactory)
    confirmed_at = APPROVED_AT


class ReprintFactory(factory.django.DjangoModelFactory):
    """A request for a batch of one, not yet submitted."""

    class Meta:
        model = Reprint

    issue = factory.LazyFunction(lambda: approved_batch(count=1).issue)
    case = factory.LazyAttribute(lambda o: CaseFactory(kind="reprint", school=o.issue.school))
    reason = "卡纸"


class ReprintItemFactory(factory.django.DjangoModelFactory):
    """A spoiled sheet and the request that names it."""

    class Meta:
        model = ReprintItem

    sheet = factory.SubFactory(PrintSheetFactory)
    reprint = factory.LazyAttribute(lambda o: ReprintFactory(issue=o.sheet.run.issue))


class ParcelFactory(factory.django.DjangoModelFactory):
    """One diploma on its way to its school."""

    class Meta:
        model = Parcel

    issue = factory.LazyFunction(lambda: approved_batch(count=1).issue)
    ordinal = 1
    first_number = factory.LazyAttribute(lambda o: o.issue.certificates.get().number.number)
    last_number = factory.SelfAttribute("first_number")
    count = 1
    sent_by = factory.SubFactory(UserFactory)
    sent_at = APPROVED_AT


class ParcelItemFactory(factory.django.DjangoModelFactory):
    """The diploma of that parcel."""

    class Meta:
        model = ParcelItem

    parcel = factory.SubFactory(ParcelFactory)
    certificate = factory.LazyAttribute(lambda o: o.parcel.issue.certificates.get())


class EmbossingFactory(factory.django.DjangoModelFactory):
    """A diploma with its photograph and steel seal."""

    class Meta:
        model = Embossing

    certificate = factory.LazyFunction(_certificate)
    done_by = factory.SubFactory(UserFactory)
    done_at = APPROVED_AT


class HandOutFactory(factory.django.DjangoModelFactory):
    """A diploma given to its owner."""

    class Meta:
        model = HandOut

    certificate = factory.LazyFunction(_certificate)
    received_by_name = factory.SelfAttribute("certificate.holder_name")
    handed_on = date(2019, 7, 15)
    handed_by = factory.SubFactory(UserFactory)
    recorded_at = APPROVED_AT


class FileCheckFactory(factory.django.DjangoModelFactory):
    """Lots drawn in a batch of one."""

    class Meta:
        model = FileCheck

    issue = factory.LazyFunction(lambda: approved_batch(count=1).issue)
    round = factory.LazyAttribute(lambda o: round_of(o.issue.batch))
    draw = factory.SubFactory(DrawFactory, drawn_at=SEALING_DAY)


class FileCheckItemFactory(factory.django.DjangoModelFactory):
    """The one drawn, not yet looked at."""

    class Meta:
        model = FileCheckItem

    class Params:
        check_of = factory.SubFactory(FileCheckFactory)

    item = factory.SubFactory(DrawItemFactory, draw=factory.SelfAttribute("..check_of.draw"), by_two=False)
    certificate = factory.LazyAttribute(lambda o: o.check_of.issue.certificates.get())
