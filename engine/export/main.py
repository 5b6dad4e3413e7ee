"""The command line of an exported script. Text only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine import emit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.project import Project

FINGERPRINT = '''
def fingerprint(network):
    """Return the SHA-256 of all weights and buffers, in the order of their names."""
    digest = hashlib.sha256()
    for _, value in sorted(network.state_dict().items()):
        digest.update(value.cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()
'''


def main_function(
    project: Project,
    model: str,
    *,
    draws: bool,
    validation: bool,
    units: str,
    path: str,
    pretrained: Mapping[tuple[str, ...], str],
) -> str:
    """Return `main` and the line that calls it.

    `model` is `network` or `models`; `path` is the data file chosen, if it is one;
    `pretrained` says which modules begin with the weights of which files.
    """
    device = project.training.device
    several = len(project.training.phases) > 1
    if several:
        parts = "parts"
    else:
        parts = 'parts["train"], parts["validation"]' if validation else 'parts["train"]'
    text = [
        "def main():",
        "    parser = argparse.ArgumentParser(description=__doc__)",
        '    parser.add_argument("--json", action="store_true", help="print one JSON object")',
        '    parser.add_argument("--epochs", type=int, default=EPOCHS)',
        '    parser.add_argument("--seed", type=int, default=SEED)',
        f'    parser.add_argument("--device", default="{device}", help="auto, cpu, cuda, ...")',
        f'    parser.add_argument("--data", default={path!r}, help="the data file")'
        if path
        else '    parser.add_argument("--data", help="folder that holds the data sets")',
        "    options = parser.parse_args()",
        "    torch.set_num_threads(THREADS)",
        "    torch.set_flush_denormal(True)",
        "    device = options.device",
        '    if device == "auto":',
        '        device = "cuda" if torch.cuda.is_available() else "cpu"',
    ]
    if not path:
        text += ["    if options.data:", '        os.environ["LAYERLOOM_DATA"] = options.data']
    loaded = "parts, units" if units else "parts"
    given = "device, options.data" if path else "device"
    text += [
        f"    {loaded} = load_data({given})",
        "    torch.manual_seed(options.seed)",
        f"    {model} = {model.capitalize()}()",
        *([f"    {model}.initialize()"] if draws else []),
        *(
            f"    load_weights({model}.{emit.attribute(home)}, {path!r})"
            for home, path in pretrained.items()
        ),
        f"    {model}.to(device)",
        "    begin = time.perf_counter()",
        f"    epochs, steps = train({model}, {parts}{units}, options.epochs, options.seed)",
        "    seconds = time.perf_counter() - begin",
        f"    result = {{name: evaluate({model}, part{units}) for name, part in parts.items()}}",
        "    result |= {",
        '        "epochs": epochs,',
        '        "steps": steps,',
        '        "seconds": round(seconds, 3),',
        '        "device": device,',
        '        "seed": options.seed,',
        '        "run": "",',
        f'        "parameters_sha256": fingerprint({model}),',
        "    }",
        "    if options.json:",
        "        print(json.dumps(result))",
        "        return",
        "    for name in parts:",
        '        words = "  ".join(f"{key} {value:.4g}" for key, value in result[name].items())',
        '        print(f"{name:12} {words}")',
        "",
        "",
        'if __name__ == "__main__":',
        "    main()",
    ]
    return "\n".join(text)
