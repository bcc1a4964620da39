#!/usr/bin/env python3
"""What an editor shows of a model: asks rust-analyzer, as an editor does, about a small program that uses one.

    python3 tests/editor/check.py                 # `rust-analyzer` of the path
    python3 tests/editor/check.py path/to/rust-analyzer

Each check is one line. The exit code is 1 if one fails. Not a part of the tests: rust-analyzer is no part of a plain toolchain.
"""

import json
import os
import pathlib
import queue
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]

MODEL = '''use mtl::prelude::*;

multitask! {
    /// Physical limitation, health and visits, from one record.
    pub struct Patient {
        /// What the insurance knows.
        input record: [5];
        input region: one_of { North, South, unknown };
        layer tower = Dense(16, relu) -> LayerNorm;
        let place = region -> Embedding(3);
        shared body = (record -> Normalize, place) -> Concat -> Dense(64, relu) -> Dropout(0.1);
        head limited = body -> tower -> Dense(1, sigmoid) { loss: binary_cross_entropy, metrics: [auc] }
        head health = body -> tower -> Dense(4, softmax) { loss: categorical_cross_entropy, metrics: [accuracy] }
        head visits = body -> Dense(20, relu) -> Dense(1, exponential) { loss: poisson, weight: 0.5, metrics: [mae] }
    }
}

fn main() {
    let model: Patient = Patient::new(1);
    let inputs = PatientInputs { record: [0.0; 5], region: PatientRegion::North };
    let outputs = model.predict(&inputs);
    let targets = PatientTargets { limited: 1.0, health: 2, visits: 3.0 };
    println!("{} {} {}", outputs.visits, outputs.health.class(), targets.visits);
    println!("{}", model.body.dense1.kernel[(0, 0)]);
    let report = |report: PatientReport| report.visits.mae;
    let _ = (report, model.predict_visits(&inputs), PatientHead::Visits);
}
'''

# Half typed: the last head has no loss yet, and the flow of another no end.
BROKEN = MODEL.replace("-> Dense(1, exponential) { loss: poisson, weight: 0.5, metrics: [mae] }", "-> Dense(1, expo").replace("            println!", "println!")


class Server:
    """A language server, and the program that it has open."""

    def __init__(self, command, project):
        self.project = project
        self.process = subprocess.Popen([command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.messages = queue.Queue()
        self.number = 0
        self.version = 0
        self.busy = set()
        self.began = False
        threading.Thread(target=self.read, daemon=True).start()
        capabilities = {
            "window": {"workDoneProgress": True},
            "textDocument": {
                "hover": {"contentFormat": ["markdown"]},
                "completion": {"completionItem": {"snippetSupport": False}},
                "rename": {"prepareSupport": True},
            },
        }
        options = {"checkOnSave": False, "cachePriming": {"enable": False}, "procMacro": {"enable": True}, "cargo": {"buildScripts": {"enable": True}}}
        self.ask("initialize", {"processId": os.getpid(), "rootUri": project.as_uri(), "capabilities": capabilities, "initializationOptions": options})
        self.tell("initialized", {})

    def read(self):
        stream = self.process.stdout
        while True:
            length = 0
            while line := stream.readline().strip():
                if line.lower().startswith(b"content-length:"):
                    length = int(line.split(b":")[1])
            if length == 0:
                return
            message = json.loads(stream.read(length))
            if message.get("method") == "$/progress":
                value, token = message["params"]["value"], str(message["params"]["token"])
                if value["kind"] == "begin":
                    self.busy.add(token)
                    self.began = True
                elif value["kind"] == "end":
                    self.busy.discard(token)
            elif "id" in message and "method" in message:
                result = [None] if message["method"] == "workspace/configuration" else None
                self.send({"jsonrpc": "2.0", "id": message["id"], "result": result})
            else:
                self.messages.put(message)

    def send(self, message):
        text = json.dumps(message).encode()
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(text) + text)
        self.process.stdin.flush()

    def tell(self, method, params):
        self.send({"jsonrpc": "2.0", "method": method, "params": params})

    def ask(self, method, params, attempts=40):
        for _ in range(attempts):
            self.number += 1
            self.send({"jsonrpc": "2.0", "id": self.number, "method": method, "params": params})
            while True:
                message = self.messages.get(timeout=900)
                if message.get("id") == self.number:
                    break
            error = message.get("error")
            # Content was modified, or the answer is not ready.
            if error is None or error.get("code") not in (-32801, -32802):
                return message.get("result")
            time.sleep(0.5)
        return None

    def wait(self):
        """Until nothing is being loaded."""
        quiet = time.time()
        while time.time() - quiet < 5 or not self.began:
            if self.busy:
                quiet = time.time()
            time.sleep(0.2)

    def open(self, text):
        self.text = text
        self.version += 1
        path = (self.project / "src/main.rs").as_uri()
        self.document = {"uri": path}
        if self.version == 1:
            self.tell("textDocument/didOpen", {"textDocument": {"uri": path, "languageId": "rust", "version": 1, "text": text}})
        else:
            self.tell("textDocument/didChange", {"textDocument": {"uri": path, "version": self.version}, "contentChanges": [{"text": text}]})

    def at(self, phrase, word, text=None):
        """The place of a word within a phrase of the program."""
        text = text or self.text
        start = text.index(phrase) + phrase.index(word)
        line = text.count("\n", 0, start)
        return {"line": line, "character": start - (text.rfind("\n", 0, start) + 1) + 1}

    def hover(self, phrase, word):
        answer = self.ask("textDocument/hover", {"textDocument": self.document, "position": self.at(phrase, word)})
        return answer["contents"]["value"] if answer else ""

    def definition(self, phrase, word):
        answer = self.ask("textDocument/definition", {"textDocument": self.document, "position": self.at(phrase, word)}) or []
        places = answer if isinstance(answer, list) else [answer]
        lines = self.text.splitlines()
        found = []
        for place in places:
            span = place.get("targetSelectionRange", place.get("range"))
            if place.get("targetUri", place.get("uri")) == self.document["uri"]:
                found.append(lines[span["start"]["line"]].strip())
        return found

    def completions(self, phrase, word):
        place = self.at(phrase, word)
        answer = self.ask("textDocument/completion", {"textDocument": self.document, "position": place}) or []
        items = answer["items"] if isinstance(answer, dict) else answer
        return [item["label"] for item in items]

    def rename(self, phrase, word, new):
        answer = self.ask("textDocument/rename", {"textDocument": self.document, "position": self.at(phrase, word), "newName": new}) or {}
        edits = []
        for change in answer.get("documentChanges", []):
            edits += [edit for edit in change.get("edits", []) if change["textDocument"]["uri"] == self.document["uri"]]
        edits += answer.get("changes", {}).get(self.document["uri"], [])
        lines = self.text.splitlines()
        return sorted(lines[edit["range"]["start"]["line"]].strip() for edit in edits)


def checks(server):
    """Name of the check, whether it holds, and what was seen."""
    server.open(MODEL)
    server.wait()
    hover = server.hover("pub struct Patient", "Patient")
    yield "hover on the struct has its docs", "Physical limitation, health and visits" in hover, hover
    yield "hover on the struct has the summary once", len(re.findall(r"\| *layer *\| *step *\|", hover)) == 1, hover
    yield "hover on the struct has at most 60 lines", 0 < len(hover.splitlines()) <= 60, hover
    table = hover.find("layer")
    generated = min([hover.find(word) for word in ("__", "PhantomData") if word in hover] or [len(hover)])
    yield "the summary comes before anything generated", 0 <= table < generated, hover
    for phrase, word, wanted in [
        ("input record: [5]", "record", ["[5]"]),
        ("shared body =", "body", ["Dense(64, relu)"]),
        ("head visits =", "visits", ["poisson"]),
        ("head health =", "health", ["categorical_cross_entropy"]),
        ("(record -> Normalize", "record", ["[5]"]),
        ("head visits = body ->", "body", ["Dense(64, relu)"]),
        ("-> Dense(64, relu)", "Dense", ["parameters"]),
        ("loss: poisson", "poisson", ["Poisson"]),
        ("metrics: [mae]", "mae", ["mae"]),
        ("-> tower -> Dense(1, sigmoid)", "tower", ["Dense(16, relu)"]),
    ]:
        seen = server.hover(phrase, word)
        yield f"hover on `{word}` of `{phrase}` says {wanted}", all(words in seen for words in wanted), seen
    for phrase, word, wanted in [
        ("outputs.visits,", "visits", "head visits"),
        ("targets.visits)", "visits", "head visits"),
        ("report.visits.mae", "visits", "head visits"),
        ("model.predict_visits", "predict_visits", "head visits"),
        ("PatientHead::Visits", "Visits", "head visits"),
        ("model.body.dense1", "body", "shared body"),
        ("(record -> Normalize", "record", "input record"),
        ("head visits = body ->", "body", "shared body"),
        ("-> tower -> Dense(1, sigmoid)", "tower", "layer tower"),
        ("PatientRegion::North", "North", "input region"),
    ]:
        seen = server.definition(phrase, word)
        yield f"definition of `{word}` in `{phrase}` is `{wanted}`", any(line.startswith(wanted) for line in seen), seen
    seen = server.rename("head visits =", "visits", "calls")
    wanted = ["outputs.visits", "visits: 3.0", "report.visits.mae"]
    yield "renaming a head reaches outputs, targets and reports", all(any(part in line for line in seen) for part in wanted), seen
    for phrase, word in [("outputs.visits,", "visits"), ("model.body.dense1", "body"), ("model.predict_visits", "predict_visits"), ("report.visits.mae", "visits")]:
        seen = server.completions(phrase, word)
        yield f"completion at `{phrase}` has `{word}` and nothing that begins with `__`", any(label.startswith(word) for label in seen) and not any(label.startswith("__") for label in seen), seen
    seen = server.completions("let model: Patient", "Patient")
    yield "completion of types has nothing that begins with `__`", "Patient" in " ".join(seen) and not any(label.startswith("__") for label in seen), [label for label in seen if label.startswith("__")]
    server.open(BROKEN)
    time.sleep(2)
    hover = server.hover("pub struct Patient", "Patient")
    yield "a broken model shows its docs", "Physical limitation, health and visits" in hover, hover
    yield "a broken model shows no row that was made up", "stand_in" not in hover and "StandIn" not in hover and "__" not in hover, hover
    seen = server.hover("shared body =", "body")
    yield "a broken model shows its shared value", "Dense(64, relu)" in seen, seen
    seen = server.completions("model.body.dense1", "body")
    yield "completion of a broken model has its blocks", any(label.startswith("body") for label in seen) and not any(label.startswith("__") for label in seen), seen


def main():
    command = sys.argv[1] if len(sys.argv) > 1 else shutil.which("rust-analyzer")
    if not command:
        sys.exit("there is no rust-analyzer on the path: name it as the first argument")
    with tempfile.TemporaryDirectory() as folder:
        project = pathlib.Path(folder)
        (project / "src").mkdir()
        manifest = f'[package]\nname = "editor"\nversion = "0.0.0"\nedition = "2024"\n\n[dependencies]\nmtl-nn = {{ path = {json.dumps(str(ROOT))} }}\n\n[workspace]\n'
        (project / "Cargo.toml").write_text(manifest)
        shutil.copy(ROOT / "Cargo.lock", project / "Cargo.lock")
        (project / "src/main.rs").write_text(MODEL)
        server = Server(command, project)
        failed = 0
        for name, holds, seen in checks(server):
            print(("ok      " if holds else "FAILED  ") + name, flush=True)
            if not holds:
                failed += 1
                print(re.sub("^", "        ", str(seen)[:3000], flags=re.M))
        server.process.kill()
        sys.exit(f"{failed} checks failed" if failed else 0)


if __name__ == "__main__":
    main()
