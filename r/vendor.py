"""What of other crates goes into the R package. Usage: vendor.py core FOLDER | licences FOLDER | shrink FOLDER"""

import json
import shutil
import subprocess
import sys
from pathlib import Path

# What no build for Linux or macOS reads: tests, examples, documents, and libraries for Windows.
NEEDLESS = ["tests", "benches", "examples", "doc", "docs", "ci", ".github", "fuzz", "testdata", "test_data"]


def core(folder: Path) -> None:
    """Leaves out of the core crate what only its own tests and benchmarks need."""
    for name in ["benches", "tests", "examples"]:
        shutil.rmtree(folder / name, ignore_errors=True)
    for name in ["Cargo.lock", "Cargo.toml.orig", ".cargo_vcs_info.json"]:
        (folder / name).unlink(missing_ok=True)
    manifest = folder / "Cargo.toml"
    lines, is_kept = [], True
    for line in manifest.read_text().splitlines():
        if line.startswith("["):
            is_kept = not line.startswith(("[[bench", "[[test", "[[example", "[dev-dependencies"))
        if is_kept:
            lines.append(line)
    manifest.write_text("\n".join(lines) + "\n")


def licences(folder: Path) -> None:
    """Prints each crate that is built for Linux or macOS with its version, licence and authors."""
    command = ["cargo", "metadata", "--format-version", "1", "--locked", "--manifest-path", str(folder / "Cargo.toml")]
    told = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    print("Crates in src/rust: name, version, licence, authors. Their sources hold the texts of the licences.\n")
    for package in sorted(told["packages"], key=lambda package: (package["name"], package["version"])):
        if package["name"] == "skiplayer-r":
            continue
        licence = package["license"] or package["license_file"]
        if licence is None:
            sys.exit(f"{package['name']}: no licence")
        authors = ", ".join(author.split("<")[0].strip() for author in package["authors"]) or "the authors of " + package["name"]
        print(f"{package['name']} {package['version']}: {licence}; {authors}")


def shrink(folder: Path) -> None:
    """Empties crates for other systems, and leaves out files that no build reads; checksums go with them."""
    for crate in sorted(folder.iterdir()):
        is_foreign = crate.name.startswith(("windows", "winapi", "r-efi", "wasi", "wasip", "wit-", "js-sys", "wasm-", "web-"))
        if is_foreign:
            source = crate / "src"
            shutil.rmtree(source, ignore_errors=True)
            shutil.rmtree(crate / "lib", ignore_errors=True)
            source.mkdir()
            (source / "lib.rs").write_text("")
        for name in NEEDLESS:
            shutil.rmtree(crate / name, ignore_errors=True)
        checksum = crate / ".cargo-checksum.json"
        checksum.write_text(json.dumps({"files": {}, "package": json.loads(checksum.read_text())["package"]}))


if __name__ == "__main__":
    verb, folder = sys.argv[1:]
    {"core": core, "licences": licences, "shrink": shrink}[verb](Path(folder))
