"""What a PDF says of itself in XMP (ISO 16684-1), with the marks of PDF/A-3 (ISO 19005-3; both recalled).

fpdf2 would write it too, but with the moment of writing in it: the same report would not give the same bytes.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from xml.sax.saxutils import escape

COMPLIANCE = (
    "PDF/A-3U"  # enforced by fpdf2, not certified: text is searchable, fonts whole, colours told, data attached
)
MADE_BY = "yiji"

_XMP = """<x:xmpmeta xmlns:x="adobe:ns:meta/">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/"
    xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/">
   <pdfaid:part>3</pdfaid:part>
   <pdfaid:conformance>U</pdfaid:conformance>
   <xmp:CreatorTool>{creator}</xmp:CreatorTool>
   <xmp:CreateDate>{at}</xmp:CreateDate>
   <xmp:ModifyDate>{at}</xmp:ModifyDate>
   <xmp:MetadataDate>{at}</xmp:MetadataDate>
   <dc:format>application/pdf</dc:format>
   <dc:language><rdf:Bag><rdf:li>{lang}</rdf:li></rdf:Bag></dc:language>
   <dc:title><rdf:Alt><rdf:li xml:lang="x-default">{title}</rdf:li></rdf:Alt></dc:title>
   <dc:description><rdf:Alt><rdf:li xml:lang="x-default">{subject}</rdf:li></rdf:Alt></dc:description>
  </rdf:Description>
 </rdf:RDF>
</x:xmpmeta>"""


@dataclass(frozen=True)
class About:
    """What the PDF says of itself; `at` stands for its making, so that the same report gives the same bytes.

    `data` is attached as ``report.json``: every number of the page for machines to read.
    """

    title: str
    subject: str
    lang: str
    at: datetime
    data: bytes = b""


def xmp(about: About) -> str:
    """Return the metadata as XML."""
    at = (about.at if about.at.tzinfo else about.at.replace(tzinfo=UTC)).isoformat(timespec="seconds")
    told = {"creator": MADE_BY, "lang": about.lang, "title": _clean(about.title), "subject": _clean(about.subject)}
    return _XMP.format(at=at, **told)


def _clean(text: str) -> str:
    """Escape a text; XML 1.0 has no place for control characters."""
    return escape("".join(one for one in text if one.isprintable()))
