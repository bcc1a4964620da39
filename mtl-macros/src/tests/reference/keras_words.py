"""The words of Keras that the language takes over, with the defaults of their arguments, for the test `words`: those that
the table in words.rs names.

Writes keras_words.txt beside this file: a line for each object, its name and every argument with its default (`!` where it must be given).
It reads the sources of the installed package, so no backend is needed.
Run: pip install --no-deps keras==3.15.0; python keras_words.py
"""
import ast, importlib.util, pathlib, re

NAMESPACES = ["layers", "activations", "losses", "metrics", "initializers"]
root = pathlib.Path(importlib.util.find_spec("keras").submodule_search_locations[0]) / "src"
classes, exported = {}, {}
for path in sorted(root.rglob("*.py")):
    if path.name.endswith("_test.py"):
        continue
    for node in ast.parse(path.read_text()).body:
        if not isinstance(node, (ast.ClassDef, ast.FunctionDef)):
            continue
        if isinstance(node, ast.ClassDef):
            classes.setdefault(node.name, node)
        for decorator in node.decorator_list:
            if isinstance(decorator, ast.Call) and getattr(decorator.func, "id", "") == "keras_export":
                paths = ast.literal_eval(decorator.args[0])
                for name in [paths] if isinstance(paths, str) else paths:
                    exported[name.removeprefix("keras._legacy.").removeprefix("keras.")] = node


def arguments(node):
    if isinstance(node, ast.FunctionDef):
        return node.args
    for member in node.body:
        if isinstance(member, ast.FunctionDef) and member.name == "__init__":
            return member.args
    parents = [classes[base.id] for base in node.bases if isinstance(base, ast.Name) and base.id in classes]
    return arguments(parents[0]) if parents else ast.arguments([], [], None, [], [], None, [])


here = pathlib.Path(__file__).resolve().parent
wanted = set(re.findall(r'"((?:%s)\.\w+)"' % "|".join(NAMESPACES), (here.parent / "words.rs").read_text()))
assert wanted <= set(exported), f"not in Keras: {wanted - set(exported)}"
lines = []
for name, node in sorted(exported.items()):
    if name not in wanted:
        continue
    args = arguments(node)
    defaults = ["!"] * (len(args.args) - len(args.defaults)) + [ast.unparse(default).replace(" ", "") for default in args.defaults]
    given = [f"{arg.arg}={default}" for arg, default in zip(args.args, defaults) if arg.arg not in ("self", "x", "y_true", "y_pred")]
    lines.append(" ".join([name, *given]))
(here / "keras_words.txt").write_text("\n".join(lines) + "\n")
