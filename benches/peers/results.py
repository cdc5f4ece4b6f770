"""What was measured: rows in a JSON file, from which the document and the chart are made."""

import datetime
import json

from environment import WORK, processor, versions

PATH = WORK / "results.json"


class Results:
    """The rows so far. A family that is measured again replaces its rows."""

    def __init__(self, path=PATH):
        self.path = path
        self.content = json.loads(path.read_text()) if path.exists() else {"families": {}}

    def save(self, family, rows):
        """Replaces the rows of the models that were measured and keeps the order of the family's models."""
        today = datetime.datetime.now(datetime.timezone.utc).date().isoformat()
        known = self.content["families"].setdefault(family, {})
        for row in rows:
            row["date"] = today
        for model in dict.fromkeys(row["model"] for row in rows):
            known[model] = [row for row in rows if row["model"] == model]
        self.content |= {"processor": processor(), "versions": versions(), "date": today}
        self.path.write_text(json.dumps(self.content, indent=1))

    def rows(self, family):
        return [row for rows in self.content["families"].get(family, {}).values() for row in rows]


def faster(model, title, work, peer, value, bar, ours=None, note=None):
    """A row that says how many times as fast as a peer."""
    return row(model, title, work, peer, value, "times", bar, ours, note)


def at_most(model, title, work, value, unit, bar, note=None):
    """A row that says how much something takes."""
    return row(model, title, work, None, value, unit, bar, None, note)


def absent(model, title, work, peer, note):
    """A row that could not be measured, and why."""
    return row(model, title, work, peer, None, "times", None, None, note)


def row(model, title, work, peer, value, unit, bar, ours, note):
    found = {"model": model, "title": title, "work": work, "peer": peer, "value": value, "unit": unit, "bar": bar}
    found |= {"ours": ours, "note": note}
    print(described(found), flush=True)
    return found


def described(found):
    text = f"{found['model']}: {found['work']}" + (f" against {found['peer']}" if found["peer"] else "")
    if found["value"] is None:
        return f"{text}: not measured: {found['note']}"
    text += f": {found['value']:.3g} {found['unit']}" + (f" ({found['ours']})" if found["ours"] else "")
    if found["bar"]:
        text += " [floor %.3g, target %.3g]%s" % (*found["bar"], "" if reached(found) else " BELOW THE FLOOR")
    return text


def reached(found, which=0):
    """Whether a row reaches its floor (0) or target (1)."""
    if not found["bar"] or found["value"] is None:
        return True
    bar = found["bar"][which]
    return found["value"] >= bar if found["unit"] == "times" else found["value"] <= bar
