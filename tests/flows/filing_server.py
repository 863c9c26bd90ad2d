"""EDGAR as a server: submissions, documents, tickers, the feed; 403 without a contact, 429, 503 far into the feed."""

from pathlib import Path

from werkzeug import Request, Response

HOLDINGS = "9900000101"
FOLDER = f"/Archives/edgar/data/{HOLDINGS}"


class FilingServer:
    """What it has, by path.

    Attributes:
        files: path -> fixture. asked: paths with their questions, in order. busy: how many of the next answers are 429.
    """

    def __init__(self, fixtures: Path) -> None:
        folder = fixtures / "edgar"
        self.asked, self.busy, self.agents = list[str](), 0, set[str]()
        self.files = {
            f"/submissions/CIK{HOLDINGS}.json": folder / f"CIK{HOLDINGS}.json",
            f"/submissions/CIK{HOLDINGS}-submissions-001.json": folder / f"CIK{HOLDINGS}-submissions-001.txt",
            "/submissions/CIK9900000202.json": folder / "CIK9900000202.json",
            "/files/company_tickers.json": folder / "company_tickers.json",
            "/cgi-bin/browse-edgar": folder / "getcurrent.xml",
            f"{FOLDER}/000000000026000009/form3.xml": folder / "form3.xml",
            f"{FOLDER}/000000000026000008/bramblewick-8k.htm": folder / f"data_{HOLDINGS}_000000000026000008_8k.htm",
            f"{FOLDER}/000000000026000006/0000000000-26-000006-index.html": folder
            / f"data_{HOLDINGS}_000000000026000006_index.htm",
            f"{FOLDER}/000000000026000006/ex21.htm": folder / f"data_{HOLDINGS}_000000000026000006_ex21.htm",
        }

    def __call__(self, request: Request) -> Response:
        """One answer."""
        agent = request.headers.get("User-Agent", "")
        self.asked.append(request.full_path.rstrip("?"))
        self.agents.add(agent)
        if "@" not in agent:
            return Response("Undeclared automated tool", 403)
        if self.busy:
            self.busy -= 1
            return Response("slow down", 429, {"Retry-After": "5"})
        if int(request.args.get("start", 0)) >= 5100:
            return Response("", 503)
        found = self.files.get(request.path)
        if found is None:
            return Response("<Error>NoSuchKey</Error>", 404)
        kind = {".xml": "application/xml", ".htm": "text/html"}.get(found.suffix, "application/json")
        return Response(found.read_bytes(), content_type=kind)
