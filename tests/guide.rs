//! The programs in the guide to embedding are those of `examples/embedded`, which are built and run by `tests/embedded.rs` and the gate.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// A line without its comment.
fn code(line: &str) -> &str {
    line.split("//").next().unwrap_or(line).trim()
}

fn sources(directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.ends_with("target") {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn every_program_in_the_guide_to_embedding_is_one_that_is_built() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut paths = Vec::new();
    sources(&root.join("examples/embedded"), &mut paths);
    let texts: Vec<String> = paths.iter().map(|path| fs::read_to_string(path).unwrap()).collect();
    let programs: Vec<BTreeSet<&str>> = texts.iter().map(|text| text.lines().map(code).collect()).collect();

    let guide = fs::read_to_string(root.join("docs/embedding.md")).unwrap();
    let blocks: Vec<&str> = guide.split("```rust").skip(1).map(|rest| rest.split("```").next().unwrap().split_once('\n').unwrap().1).collect();
    assert!(blocks.len() >= 10, "{} blocks", blocks.len());
    for block in blocks {
        let lines: Vec<&str> = block.lines().map(code).filter(|line| !line.is_empty()).collect();
        // The program that has the most of it should have all.
        let missing = programs.iter().map(|program| lines.iter().filter(|line| !program.contains(*line)).collect::<Vec<_>>());
        let missing = missing.min_by_key(Vec::len).unwrap();
        assert!(missing.is_empty(), "no program of `examples/embedded` has these lines:\n{missing:#?}\nof\n{block}");
    }
}
