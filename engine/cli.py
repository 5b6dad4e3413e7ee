"""The command line. Results go to standard output, progress and errors to standard error."""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from engine import files
from engine.catalog import registry
from engine.catalog.spec import TemplateSpec
from engine.custom import loading
from engine.custom import trust as trusting
from engine.networks import untrusted
from engine.project import Choice, DataRecipe
from engine.saying import RunLines, plain_figures, print_json, say, show_result

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from engine.catalog.spec import Param, Spec
    from engine.project import Project

USAGE = 2
"""Exit status of a command that could not be carried out."""


class CommandError(ValueError):
    """A command that cannot be carried out; one sentence."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise CommandError(f"{message[:1].upper()}{message[1:]}; see `{self.prog} --help`.")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; return the exit status: 0, 1 for a network with problems, 2 for an error."""
    try:
        chosen = _parser().parse_args(arguments)
        run: Callable[[argparse.Namespace], int] = chosen.command
        return run(chosen)
    except BrokenPipeError:
        # Whoever read our output has left; what Python would still flush goes nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except (ValueError, OSError) as error:
        print(" ".join(str(error).split()), file=sys.stderr)
        return USAGE
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="layerloom",
        description="Build and train neural networks. Without a command the window opens.",
    )
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)

    def command(name: str, run: Callable[[argparse.Namespace], int], words: str) -> _Parser:
        made = commands.add_parser(name, help=words, description=words)
        made.set_defaults(command=run)
        return made

    new = command("new", _new, "Make a project from a template or for a data file.")
    new.add_argument("template", nargs="?", help="id of a template; see `templates`")
    new.add_argument("out", type=Path, help="the .loom file to write")
    new.add_argument("--data", help="a CSV file: make the offered network for it")
    new.add_argument("--target", default="", help="the column to predict (default: the last)")
    new.add_argument("--force", action="store_true", help="replace the file if there is one")
    templates = command("templates", _templates, "List the templates.")
    check = command("check", _check, "Work out shapes and problems of a project.")
    check.add_argument("--deep", action="store_true", help="look at data and first steps too")
    profile = command("profile", _profile, "Measure what each node of a project costs.")
    train = command("train", _train, "Train a project.")
    train.add_argument("--epochs", type=int)
    train.add_argument("--device", choices=("auto", "cpu", "cuda", "mps", "xpu"))
    train.add_argument("--seed", type=int)
    train.add_argument(
        "--set", action="append", default=[], metavar="PATH=VALUE", help="for example lr=0.01"
    )
    train.add_argument("--run-dir", type=Path, help="where to keep the run")
    train.add_argument(
        "--resume",
        nargs="?",
        const="",
        metavar="RUN",
        help="go on with a run (default: the latest)",
    )
    evaluate = command("evaluate", _evaluate, "Evaluate a run of a project.")
    evaluate.add_argument("--run", default="", help="id of the run (default: the latest)")
    evaluate.add_argument(
        "--report", action="append", default=[], metavar="ID", help="such as confusion_matrix"
    )
    evaluate.add_argument(
        "--part", choices=("train", "validation", "test"), default="test", help="for the reports"
    )
    predict = command("predict", _predict, "Answer the samples of a file by a trained network.")
    predict.add_argument("--run", default="", help="id of the run (default: the latest)")
    predict.add_argument("--out", type=Path, help="a CSV file to write the answers to")
    runs = command("runs", _runs, "List, compare, export or delete the runs of a project.")
    runs.add_argument("--compare", nargs=2, metavar="RUN", help="say what differs between two")
    runs.add_argument("--export", nargs="+", metavar="RUN", default=[], help="write their series")
    runs.add_argument("--to", choices=("csv", "parquet", "tensorboard"), default="csv")
    runs.add_argument("--out", type=Path, help="the file, for TensorBoard the folder, to write")
    runs.add_argument("--delete", nargs="+", metavar="RUN", default=[], help="delete for good")
    export = command("export", _export, "Write a project as code.")
    export.add_argument("--to", choices=("python",), default="python")
    export.add_argument("--out", type=Path, required=True, help="the file to write")
    catalog = command("catalog", _catalog, "List everything a project can be made of.")
    docs = command("docs", _docs, "Write the catalogue as a site of plain pages.")
    docs.add_argument("out", type=Path, help="the folder to write")
    trust = command("trust", _trust, "Show the texts of a project's custom layers and trust them.")
    trust.add_argument("--yes", action="store_true", help="trust them without asking")
    for sub in (check, profile, train, evaluate, predict, runs, export, trust):
        sub.add_argument("file", type=Path, help="a .loom file")
    predict.add_argument("input", type=Path, nargs="+", help="a CSV file, pictures, or a text file")
    for sub in (templates, check, profile, train, evaluate, predict, runs, catalog):
        sub.add_argument("--json", action="store_true", help="print one JSON object")
    return parser


def _new(chosen: argparse.Namespace) -> int:
    if bool(chosen.template) == bool(chosen.data):
        raise CommandError("Name either a template (see `templates`) or a file with --data.")
    if chosen.out.exists() and not chosen.force:
        raise CommandError(f"{chosen.out} exists already; choose another name or add --force.")
    if chosen.data:
        project = _offered(Path(chosen.data), chosen.target)
    else:
        project = files.template(chosen.template)
    files.save(project, chosen.out)
    say(f"Wrote {chosen.out}.")
    return 0


def _offered(path: Path, target: str) -> Project:
    from engine.data import describe
    from engine.offer import offer

    params = {"path": str(path.resolve() if path.exists() else path), "target": target}
    recipe = DataRecipe(source=Choice(id="csv", params=params))
    return offer(recipe, describe(recipe).fields).but(title=path.stem)


def _templates(chosen: argparse.Namespace) -> int:
    entries = [e for e in registry.entries().values() if isinstance(e, TemplateSpec)]
    if chosen.json:
        rows = [{"id": e.id, "title": e.title, "group": e.group, "data": e.data} for e in entries]
        print_json({"templates": rows})
    else:
        for entry in entries:
            print(f"{entry.id:24} {entry.title}: {entry.summary}")
    return 0


def _check(chosen: argparse.Namespace) -> int:
    from engine.review import review

    project = files.load(chosen.file)
    report = review(project)
    lines: list[str] = []
    if chosen.deep and report["ok"]:
        from engine.preflight.printed import deep

        _require_trust(project, chosen.file)
        found, lines = deep(project, say)
        report |= found
    if chosen.json:
        print_json(report)
        return 0 if report["ok"] else 1
    networks = list(dict.fromkeys(node["network"] for node in report["nodes"]))
    shown = ""
    for node in report["nodes"]:
        if len(networks) > 1 and node["network"] != shown:
            shown = node["network"]
            print(f"{project.title_of(shown)}:")
        shapes = ", ".join(" × ".join(map(str, shape)) for shape in node["outputs"])
        print(f"{node['name']:20} {node['spec']:18} {shapes:24} {node['parameters']:>12,}")
    print(f"{report['parameters']:,} parameters, {report['flops']:,} FLOPs a sample.")
    for problem in report["problems"]:
        mend = f" Fix: {problem['fix']}." if problem["fix"] else ""
        print(f"{problem['severity']}: {problem['message']}{mend}")
    print("\n".join(lines), end="\n" if lines else "")
    return 0 if report["ok"] else 1


def _profile(chosen: argparse.Namespace) -> int:
    from engine.preflight.printed import profiled

    project = files.load(chosen.file)
    _require_trust(project, chosen.file)
    report, lines = profiled(project, say)
    if chosen.json:
        print_json(report)
    else:
        print("\n".join(lines))
    return 0


def _train(chosen: argparse.Namespace) -> int:
    from engine.assign import assign
    from engine.runs import new_run

    if chosen.resume is not None:
        return _resume(chosen)
    project = files.load(chosen.file)
    for change in chosen.set:
        path, equals, text = change.partition("=")
        if not equals:
            raise CommandError(f"--set takes PATH=VALUE; received {change!r}.")
        project = assign(project, path.strip(), text.strip())
    for name in ("epochs", "seed", "device"):
        if getattr(chosen, name) is not None:
            project = assign(project, f"training.{name}", json.dumps(getattr(chosen, name)))
    _require_trust(project, chosen.file)
    from engine.session import run_headless

    run_dir = chosen.run_dir or new_run(chosen.file)
    lines = RunLines()
    with loading.opened():
        result = run_headless(project, run_dir=run_dir, on_event=lines)
    return _ended(project, {**result, "findings": lines.findings}, as_json=chosen.json)


def _resume(chosen: argparse.Namespace) -> int:
    """Go on with a run as it was: of the other settings only the number of epochs counts."""
    from engine.runs import find_run
    from engine.session import run_headless
    from engine.train.resuming import resumption

    for name, given in (("set", chosen.set), ("seed", chosen.seed), ("device", chosen.device)):
        if given not in (None, []):
            raise CommandError(
                f"A run goes on with the settings it began with; leave out --{name}."
            )
    folder = chosen.run_dir or find_run(chosen.file, chosen.resume)
    resume = resumption(folder, chosen.epochs)
    _require_trust(resume.project, chosen.file)
    say(f"Going on with the run {folder.name} after step {resume.step:,}.")
    lines = RunLines()
    with loading.opened():
        result = run_headless(resume.project, resume=resume, on_event=lines)
    result = {**result, "findings": lines.findings}
    return _ended(resume.project, result, as_json=chosen.json)


def _ended(project: Project, result: dict[str, Any], *, as_json: bool) -> int:
    base = plain_figures(project)
    if base:
        result["baseline"] = base
    show_result(result, as_json=as_json)
    return 0


def _require_trust(project: Project, file: Path) -> None:
    """Refuse to run what nobody has looked at: texts of custom layers that are not trusted."""
    waiting = untrusted(project)
    if waiting:
        names = ", ".join(f"“{node.name}”" for node, _ in waiting)
        raise CommandError(
            f"The text of {names} has not been trusted on this machine; look at it with "
            f"`python main.py trust {file}`."
        )


def _trust(chosen: argparse.Namespace) -> int:
    waiting = untrusted(files.load(chosen.file))
    if not waiting:
        say("There is no text of a custom layer that is not trusted yet.")
    left = 0
    for node, own in waiting:
        print(f"# {node.name}\n{_shown(own.code)}", flush=True)
        if chosen.yes or _agreed(f"Trust this text of “{node.name}” on this machine? [y/N] "):
            trusting.trust(own.code, node.name)
            say(f"“{node.name}” is trusted.")
        else:
            left += 1
    return 1 if left else 0


def _shown(text: str) -> str:
    """Return a text as it can be looked at: what would move the terminal's cursor is spelt out."""
    return "".join(c if c.isprintable() or c in "\n\t" else repr(c)[1:-1] for c in text)


def _agreed(question: str) -> bool:
    print(question, end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def _evaluate(chosen: argparse.Namespace) -> int:
    from engine.runs import evaluate_run, find_run

    with loading.opened():
        folder = find_run(chosen.file, chosen.run)
    result = evaluate_run(folder)
    if chosen.report:
        from engine.judge.printed import run_reports

        result["reports"] = run_reports(folder, chosen.report, chosen.part)
    show_result(result, as_json=chosen.json)
    if chosen.report and not chosen.json:
        from engine.judge.printed import report_lines

        for name, report in result["reports"].items():
            print("\n".join(report_lines(name, report)))
    return 0


def _predict(chosen: argparse.Namespace) -> int:
    from engine.judge.asking import answer_files, save
    from engine.judge.trying import Tryout
    from engine.runs import find_run, kept

    with loading.opened():
        folder = find_run(chosen.file, chosen.run)
        answered = answer_files(Tryout(*kept(folder)), chosen.input)
    if chosen.out:
        save(answered, chosen.out.resolve())
        say(f"Wrote {len(answered.rows):,} answers to {chosen.out}.")
    if chosen.json:
        told = {"run": folder.name, "headings": answered.headings, "rows": answered.rows}
        print_json(told)
    elif not chosen.out:
        print("\n".join("\t".join(row) for row in (answered.headings, *answered.rows)))
    return 0


def _runs(chosen: argparse.Namespace) -> int:
    from engine.runs import printed

    told, lines = printed.carried_out(chosen)
    if told is None:
        say("\n".join(lines))
    elif chosen.json:
        print_json(told)
    else:
        print("\n".join(lines))
    return 0


def _export(chosen: argparse.Namespace) -> int:
    project = files.load(chosen.file)
    from engine.export.python import export

    text = export(project)
    try:
        files.write_atomic(chosen.out.resolve(), text.encode())
    except FileNotFoundError:
        raise CommandError(f"There is no folder {str(chosen.out.parent)!r}.") from None
    say(f"Wrote {chosen.out}.")
    return 0


def _docs(chosen: argparse.Namespace) -> int:
    from engine.docs import write_site

    count = write_site(chosen.out, lambda done, of: say(f"{done} of {of} pages"))
    say(f"Wrote {count:,} pages; begin with {chosen.out / 'index.html'}.")
    return 0


def _catalog(chosen: argparse.Namespace) -> int:
    entries = registry.entries().values()
    if chosen.json:
        print_json({"entries": [_entry(entry) for entry in entries]})
    else:
        for entry in entries:
            print(f"{entry.kind:12} {entry.id:24} {entry.title}: {entry.summary}")
    return 0


def _entry(entry: Spec) -> dict[str, Any]:
    return {
        "id": entry.id,
        "kind": entry.kind,
        "group": entry.group,
        "title": entry.title,
        "covers": entry.covers,
        "params": [_param(p) for p in entry.params],
        "summary": entry.summary,
    }


def _param(param: Param) -> dict[str, Any]:
    row: dict[str, Any] = {"name": param.name, "default": param.default, "kind": param.type}
    for name in ("ge", "gt", "le", "lt"):
        if getattr(param, name) is not None:
            row[name] = getattr(param, name)
    if param.choices:
        row["choices"] = param.choices
    return {**row, "doc": param.doc}
