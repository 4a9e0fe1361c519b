"""Every diploma of every pack in every mode and variant, with the names hardest to print: nothing over anything else."""

from __future__ import annotations

import pypdfium2
import pytest
from tests.documents.test_every_form import glyphs_of, overlaps_of, small_type_of

from xueji.cli.specimens import NAMES, PROGRAMMES, specimen_diplomas
from xueji.documents.diplomaforms import DiplomaForms
from xueji.documents.render import render_diplomas

COUNT = len(NAMES) * len(PROGRAMMES)  # every name with every major
MARGIN = 10  # mm within which the frame of a diploma runs
WATERMARK = 15  # mm: «样张» and «核对稿» lie under the words on purpose, and are as large as nothing else


@pytest.mark.requirement("S2-33", "S3-08", "S3-09")
@pytest.mark.parametrize("key", ["diploma", "diploma_overlay", "completion", "completion_overlay"])
def test_no_word_of_a_diploma_lies_over_another(jurisdiction, key) -> None:
    spec = jurisdiction.document(key)
    records = specimen_diplomas(jurisdiction, spec, COUNT)
    for mode in DiplomaForms(spec).modes:
        done = render_diplomas(spec, records, mode=mode, issued_on=jurisdiction.day)
        assert done.pages == COUNT
        document = pypdfium2.PdfDocument(done.pdf)
        faults = []
        try:
            for index in range(COUNT):
                glyphs = [g for g in glyphs_of(document, index) if g[4] - g[2] < WATERMARK]
                faults += [f"{index} {fault}" for fault in overlaps_of(spec, glyphs)]
                faults += [f"{index} {fault}" for fault in small_type_of(spec, document, index)]
                faults += [f"{index} {g}" for g in glyphs if not (g[1] > MARGIN and g[3] < 297 - MARGIN)]
        finally:
            document.close()
        assert faults == []
